// The live page of the actuator endpoint `loadbalancers`.
//
// One stream of server-sent events tells of all services: first "whole", then "change" each second
// with what is different since. The model is changed by messages; what is in view is painted from
// it in animation frames, into elements that stay. All text goes through textContent, so that
// names from discovery stay text.

const ROWS = 50;
const POINTS = 60;
const EVENTS = 200;
const SILENCE_MILLIS = 10_000;
const AGAIN_MILLIS = 3_000;

const TONES = {
  up: 'good', ramping: 'warn', probation: 'warn', draining: 'off', disabled: 'off',
  ejected: 'bad', down: 'bad', refused: 'bad',
};

// A shape for each tone, so that colour is not all there is.
const SHAPES = {
  good: 'M5 0a5 5 0 1 1 0 10A5 5 0 1 1 5 0Z',
  warn: 'M5 0 10 9.5H0Z',
  bad: 'M2 0 5 3 8 0 10 2 7 5 10 8 8 10 5 7 2 10 0 8 3 5 0 2Z',
  off: 'M0 3.5H10V6.5H0Z',
};

const KINDS = {
  up: 'good', 'panic over': 'good', ramping: 'warn', probation: 'warn', suspicion: 'warn',
  ejected: 'bad', down: 'bad', panic: 'bad', 'set refused': 'bad', 'source failed': 'bad',
  'component failed': 'bad', 'lease expired': 'bad', 'endpoints refused': 'bad',
};

const COLUMNS = [
  { title: 'State', of: e => e.state },
  { title: 'Endpoint', of: e => e.id },
  { title: 'Zone', of: e => e.zone ?? '' },
  { title: 'Weight', of: e => e.weight, num: true },
  { title: 'Share / by weight', of: e => e.sharePercent ?? -1 },
  { title: 'In flight', of: e => e.inFlight, num: true },
  { title: 'Requests/s', of: e => e.lastFiveSeconds.requestsPerSecond ?? 0, num: true },
  { title: 'p50 ms', of: e => e.lastMinute.latencyP50Millis ?? -1, num: true },
  { title: 'p99 ms', of: e => e.lastMinute.latencyP99Millis ?? -1, num: true },
  { title: 'Failures/min', of: e => e.lastMinute.failures, num: true },
  { title: 'Total', of: e => e.requestsTotal, num: true },
  { title: 'Why', of: e => e.why },
];

const $ = id => document.getElementById(id);

// --- Elements -----------------------------------------------------------------------------------

function element(name, className, ...children) {
  const made = document.createElement(name);
  if (className) made.className = className;
  made.append(...children);
  return made;
}

function drawing(name, attributes, ...children) {
  const made = document.createElementNS('http://www.w3.org/2000/svg', name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

function button(text, action) {
  const made = element('button', '', text);
  made.type = 'button';
  made.addEventListener('click', action);
  return made;
}

/** Sets what is different, since even the same text costs a layout. */
function text(target, value) {
  if (target.textContent !== value) target.textContent = value;
}

function attribute(target, name, value) {
  if (target.getAttribute(name) !== value) target.setAttribute(name, value);
}

const isolated = value => {
  const made = document.createElement('bdi');
  made.textContent = value;
  return made;
};

// --- Numbers ------------------------------------------------------------------------------------

const whole = new Intl.NumberFormat('en');

/** What was counted. */
const number = value => value == null ? '–' : whole.format(Math.round(value));

/** What was measured, to three digits. */
function measure(value) {
  if (value == null) return '–';
  if (value === 0 || value >= 100) return number(value);
  return value.toFixed(value >= 10 ? 1 : 2);
}

const percent = value => value == null ? '–' : `${value >= 99.95 || value === 0 ? number(value) : value.toFixed(1)} %`;
const clock = iso => new Date(iso).toLocaleTimeString('en-GB');

function inTime(seconds) {
  if (seconds < 60) return `${Math.max(0, Math.round(seconds))} s`;
  if (seconds < 3600) return `${Math.round(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86_400)} days`;
}

// --- Drawings that stay and change ----------------------------------------------------------------

class Spark {
  constructor(kind, title) {
    this.area = drawing('path', { class: 'area' });
    this.line = drawing('path', {});
    this.svg = drawing('svg', {
      class: `spark ${kind}`, viewBox: '0 0 72 18', preserveAspectRatio: 'none', role: 'img', 'aria-label': title,
    }, this.area, this.line);
  }

  /** The newest value is at the right end, whatever their number. */
  draw(values) {
    const top = Math.max(1e-9, ...values);
    const points = values.map((value, i) => {
      const x = 72 - (values.length - 1 - i) * 72 / (POINTS - 1);
      return `${x.toFixed(1)} ${(17 - 16 * value / top).toFixed(1)}`;
    });
    const line = points.length > 1 ? `M${points.join('L')}` : '';
    const begin = 72 - (values.length - 1) * 72 / (POINTS - 1);
    attribute(this.line, 'd', line);
    attribute(this.area, 'd', line && `${line}L72 18L${begin.toFixed(1)} 18Z`);
  }
}

class ShareBar {
  constructor() {
    this.fill = drawing('rect', { class: 'fill', y: 2, height: 8, rx: 1.5, width: 0 });
    this.target = drawing('rect', { class: 'target', y: 0, height: 12, width: 1.5 });
    this.svg = drawing('svg', { class: 'share', role: 'img' },
      drawing('rect', { class: 'back', y: 2, width: 84, height: 8, rx: 1.5 }), this.fill, this.target);
  }

  draw(share, target, top) {
    const scale = 84 / Math.max(top, 1e-9);
    attribute(this.fill, 'width', ((share ?? 0) * scale).toFixed(1));
    attribute(this.target, 'x', Math.min(82.5, (target ?? 0) * scale).toFixed(1));
    attribute(this.svg, 'aria-label', `share ${percent(share)}, by weight ${percent(target)}`);
  }
}

// --- The model ------------------------------------------------------------------------------------

const services = new Map();
let writes = false;
let span = 0;
let serverNow = new Date();

class Series {
  constructor(history) {
    this.rate = history?.requestsPerSecond ?? [];
    this.failures = history?.failures ?? [];
    this.latency = (history?.latencyP99Millis ?? []).map(value => value ?? 0);
  }

  add(lately) {
    const push = (values, value) => {
      values.push(value);
      if (values.length > POINTS) values.shift();
    };
    push(this.rate, lately.requestsPerSecond ?? 0);
    push(this.failures, lately.failures);
    push(this.latency, lately.latencyP99Millis ?? 0);
  }
}

class Service {
  constructor(name) {
    this.view = { name };
    this.endpoints = new Map();
    this.series = new Map();
    this.total = new Series();
    this.events = [];
    this.card = new Card(this);
  }

  take(view, complete) {
    if (complete) {
      const ids = new Set(view.endpoints.map(each => each.id));
      for (const id of this.endpoints.keys()) {
        if (!ids.has(id)) {
          this.endpoints.delete(id);
          this.series.delete(id);
        }
      }
    }
    for (const endpoint of view.endpoints) {
      this.endpoints.set(endpoint.id, endpoint);
      if (!this.series.has(endpoint.id)) this.series.set(endpoint.id, new Series());
    }
    const known = this.events.at(-1)?.number ?? 0;
    this.events.push(...view.events.filter(event => event.number > known));
    this.events.splice(0, Math.max(0, this.events.length - EVENTS));
    this.view = view;
  }

  pass() {
    for (const [id, endpoint] of this.endpoints) this.series.get(id).add(endpoint.lastFiveSeconds);
    this.total.add(this.view.lastFiveSeconds);
  }
}

function takeWhole(message) {
  writes = message.writes;
  span = message.span;
  serverNow = new Date(message.now);
  const names = new Set(message.services.map(each => each.name));
  for (const [name, service] of services) {
    if (!names.has(name)) {
      service.card.root.remove();
      services.delete(name);
    }
  }
  for (const view of message.services) {
    let service = services.get(view.name);
    if (!service) {
      service = new Service(view.name);
      services.set(view.name, service);
      $('services').append(service.card.root);
    }
    service.take(view, true);
  }
  for (const history of message.histories) {
    const service = services.get(history.service);
    const series = new Series(history);
    if (history.endpoint == null) service.total = series;
    else service.series.set(history.endpoint, series);
  }
  $('empty').hidden = services.size > 0;
}

function takeChange(message) {
  serverNow = new Date(message.now);
  for (const change of message.services) {
    services.get(change.service.name)?.take(change.service, change.complete);
  }
  if (message.span > span) {
    span = message.span;
    for (const service of services.values()) service.pass();
  }
}

// --- Filter and order -----------------------------------------------------------------------------

const filter = { query: '', show: 'all' };

function isShown(service, endpoint) {
  if (filter.show === 'in' && !endpoint.inService) return false;
  if (filter.show === 'out' && endpoint.inService) return false;
  if (filter.show === 'trouble' && endpoint.state === 'up' && endpoint.lastMinute.failures === 0) return false;
  if (!filter.query) return true;
  return [service.view.name, endpoint.id, endpoint.address, endpoint.zone, endpoint.state, endpoint.why]
    .some(each => each != null && each.toLowerCase().includes(filter.query));
}

function compare(a, b) {
  return typeof a === 'number' ? a - b : String(a).localeCompare(String(b), 'en', { numeric: true });
}

// --- One row --------------------------------------------------------------------------------------

class Row {
  constructor(service, id) {
    this.service = service;
    this.id = id;
    this.mark = drawing('path', {});
    this.word = element('span', '');
    this.state = element('span', 'state',
      drawing('svg', { class: 'mark', viewBox: '0 0 10 10', 'aria-hidden': 'true' }, this.mark), this.word);
    this.address = element('span', 'address');
    const name = element('td', 'name', isolated(id), this.address);
    name.title = id;
    this.zone = element('td', 'zone soft');
    this.weight = element('td', 'num');
    this.bar = new ShareBar();
    this.share = element('span', 'part');
    this.target = element('span', 'part soft');
    this.inFlight = element('td', 'num');
    this.rate = element('span', '');
    this.rates = new Spark('rate', 'requests per second, five minutes');
    this.p50 = element('td', 'num');
    this.p99 = element('span', '');
    this.latencies = new Spark('latency', '99th percentile of latency, five minutes');
    this.failed = element('span', '');
    this.failures = new Spark('failures', 'failures, five minutes');
    this.failedCell = element('td', 'num', this.failed, this.failures.svg);
    this.total = element('td', 'num soft');
    this.why = element('td', 'why');
    this.orders = element('td', 'orders');
    this.root = element('tr', '',
      element('td', '', this.state), name, this.zone, this.weight,
      element('td', '', this.bar.svg, this.share, this.target), this.inFlight,
      element('td', 'num', this.rate, this.rates.svg), this.p50,
      element('td', 'num', this.p99, this.latencies.svg), this.failedCell, this.total, this.why, this.orders);
    this.root.dataset.endpoint = id;
    for (const action of Object.keys(ORDERS)) {
      const made = button(ORDERS[action].title, () => openOrder(action, service.view.name, id));
      made.setAttribute('aria-label', `${ORDERS[action].title} ${id}`);
      this.orders.append(made);
    }
  }

  paint(endpoint, series, top) {
    const tone = TONES[endpoint.state] ?? 'warn';
    attribute(this.state, 'data-tone', tone);
    attribute(this.mark, 'd', SHAPES[tone]);
    text(this.word, endpoint.state);
    const url = `${endpoint.secure ? 'https://' : ''}${endpoint.address}`;
    text(this.address, url === endpoint.id ? '' : url);
    text(this.zone, endpoint.zone ?? '');
    text(this.weight, String(endpoint.weight) + (endpoint.priority > 0 ? ` · tier ${endpoint.priority}` : ''));
    this.bar.draw(endpoint.sharePercent, endpoint.targetPercent, top);
    text(this.share, percent(endpoint.sharePercent));
    text(this.target, percent(endpoint.targetPercent));
    const { limit } = endpoint.gates;
    text(this.inFlight, number(endpoint.inFlight) + (limit == null ? '' : ` of ${number(limit)}`));
    text(this.rate, measure(endpoint.lastFiveSeconds.requestsPerSecond));
    this.rates.draw(series.rate);
    text(this.p50, measure(endpoint.lastMinute.latencyP50Millis));
    text(this.p99, measure(endpoint.lastMinute.latencyP99Millis));
    this.latencies.draw(series.latency);
    text(this.failed, number(endpoint.lastMinute.failures));
    attribute(this.failedCell, 'class', endpoint.lastMinute.failures > 0 ? 'num failing' : 'num');
    this.failures.draw(series.failures);
    text(this.total, number(endpoint.requestsTotal));
    text(this.why, why(endpoint));
    this.orders.hidden = !writes;
  }
}

function why(endpoint) {
  const parts = [];
  if (endpoint.why) parts.push(endpoint.why);
  if (endpoint.inService && endpoint.healthPercent < 100) parts.push(`${percent(endpoint.healthPercent)} of its weight`);
  if (endpoint.until) parts.push(`until ${clock(endpoint.until)}, in ${inTime((new Date(endpoint.until) - serverNow) / 1000)}`);
  parts.push(...endpoint.suspicions.map(each => `suspected: ${each}`));
  return parts.join('; ');
}

// --- One service ----------------------------------------------------------------------------------

class Card {
  constructor(service) {
    this.service = service;
    this.rows = new Map();
    this.page = 0;
    this.order = { column: 1, down: false };
    this.inView = true;
    this.lastEvent = 0;
    const name = service.view.name;

    this.strategy = element('span', 'strategy');
    this.panic = element('span', 'chip bad', 'PANIC: the unfit are offered, too');
    this.refusal = element('span', 'chip bad');
    this.tiles = element('dl', 'tiles');
    this.heads = COLUMNS.map((column, i) => this.head(column, i));
    this.ordersHead = element('th', '', 'Orders');
    this.body = element('tbody');
    const heads = element('tr', '', ...this.heads, this.ordersHead);
    const caption = element('table', '', element('thead', '', heads), this.body);
    caption.setAttribute('aria-label', `Endpoints of ${name}`);

    this.count = element('span', '');
    this.back = button('Back', () => this.turn(-1));
    this.next = button('Next', () => this.turn(1));
    this.where = element('span', '');
    this.pages = element('span', 'pages', this.back, this.where, this.next);
    this.key = element('input', '');
    this.key.type = 'text';
    this.key.placeholder = 'a key, such as a session';
    this.key.setAttribute('aria-label', `Key of a request to ${name}`);
    this.key.addEventListener('keydown', event => { if (event.key === 'Enter') this.ask(); });
    this.goes = element('span', 'goes');
    this.goes.setAttribute('role', 'status');

    this.list = element('ol', '');
    this.list.tabIndex = 0;
    this.list.setAttribute('aria-label', `Events of ${name}`);
    this.heading = element('summary', '', 'Events');
    this.log = element('details', 'events', this.heading, this.list);
    this.log.open = true;

    this.root = element('section', 'service',
      element('header', '', element('h2', '', isolated(name)), this.strategy, this.panic, this.refusal),
      this.tiles,
      element('div', 'scroll', caption),
      element('div', 'under', this.count, this.pages, element('span', 'grow'),
        element('span', 'key', 'Where does it go?', this.key, button('Ask', () => this.ask())), this.goes),
      this.log);
    this.root.dataset.service = name;
    this.makeTiles();
    watched.observe(this.root);
    this.root.card = this;
  }

  head(column, i) {
    return element('th', column.num ? 'num' : '', button(column.title, () => {
      this.order = { column: i, down: this.order.column === i ? !this.order.down : Boolean(column.num) };
      this.page = 0;
      repaint();
    }));
  }

  makeTiles() {
    this.tile = {};
    for (const [key, title] of [['fit', 'In service'], ['rate', 'Requests'], ['failures', 'Failures, last minute'],
      ['p50', 'Latency p50'], ['p99', 'Latency p99'], ['inFlight', 'In flight'], ['calls', 'Calls'],
      ['budget', 'Retry budget']]) {
      const value = element('span', '');
      const unit = element('small', '');
      const more = element('div', 'more');
      const extra = element('span', '');
      const root = element('div', 'tile', element('dt', '', title), element('dd', '', value, unit, extra), more);
      this.tile[key] = { root, value, unit, more, extra };
      this.tiles.append(root);
    }
    this.rates = new Spark('rate', 'requests per second, five minutes');
    this.tile.rate.extra.append(this.rates.svg);
    this.latencies = new Spark('latency', '99th percentile of latency, five minutes');
    this.tile.p99.extra.append(this.latencies.svg);
    this.failed = new Spark('failures', 'failures, five minutes');
    this.tile.failures.extra.append(this.failed.svg);
    this.left = drawing('rect', { class: 'fill', height: 6, rx: 3, width: 0 });
    this.gauge = drawing('svg', { class: 'gauge', viewBox: '0 0 150 6', preserveAspectRatio: 'none', role: 'img' },
      drawing('rect', { class: 'back', width: 150, height: 6, rx: 3 }), this.left);
    this.tile.budget.root.insertBefore(this.gauge, this.tile.budget.more);
  }

  turn(by) {
    this.page += by;
    repaint();
  }

  async ask() {
    const key = this.key.value;
    if (!key) return;
    try {
      const path = `${location.pathname.replace(/\/ui$/, '')}/${encodeURIComponent(this.service.view.name)}`;
      const answer = await fetch(`${path}?key=${encodeURIComponent(key)}`, { headers: { Accept: 'application/json' } });
      if (!answer.ok) throw new Error(`status ${answer.status}`);
      const { choices } = await answer.json();
      text(this.goes, choices.length ? choices.map(each => each.endpoint).join(', then ') : 'nowhere');
    } catch (problem) {
      text(this.goes, `No answer: ${problem.message}`);
    }
  }

  show(key, value, unit, more, bad = false) {
    const tile = this.tile[key];
    text(tile.value, value);
    text(tile.unit, unit);
    text(tile.more, more);
    tile.root.classList.toggle('bad', bad);
  }

  paint() {
    const { view, endpoints } = this.service;
    const matching = [...endpoints.values()].filter(each => isShown(this.service, each));
    this.root.hidden = matching.length === 0 && (filter.query !== '' || filter.show !== 'all');
    if (this.root.hidden || !this.inView) return;
    text(this.strategy, view.strategy);
    this.panic.hidden = !view.panic;
    this.refusal.hidden = !view.refusal;
    text(this.refusal, view.refusal ?? '');
    this.paintTiles(view);
    this.paintTable(matching, endpoints);
    this.paintEvents();
  }

  paintTiles(view) {
    const { lastFiveSeconds: now, lastMinute: minute, calls, retryBudget: budget } = view;
    this.show('fit', number(view.endpointsInService), ` of ${number(view.endpointsTotal)}`,
      `${percent(view.fitCapacityPercent)} of the capacity is fit`, view.endpointsInService < view.endpointsTotal / 2);
    this.show('rate', measure(now.requestsPerSecond), '/s', `${number(minute.requests)} in the last minute`);
    this.rates.draw(this.service.total.rate);
    this.show('failures', number(minute.failures), '',
      minute.requests ? `${percent(100 * minute.failures / minute.requests)} of the requests` : '', minute.failures > 0);
    this.failed.draw(this.service.total.failures);
    this.show('p50', measure(minute.latencyP50Millis), ' ms', `now ${measure(now.latencyP50Millis)} ms`);
    this.show('p99', measure(minute.latencyP99Millis), ' ms', `now ${measure(now.latencyP99Millis)} ms`);
    this.latencies.draw(this.service.total.latency);
    this.show('inFlight', number(view.inFlight), '', 'requests');
    this.show('calls', measure(calls.lastFiveSeconds.requestsPerSecond), '/s',
      `${number(calls.lastMinute.failures)} failed, p99 ${measure(calls.lastMinute.latencyP99Millis)} ms`,
      calls.lastMinute.failures > 0);
    const left = budget.leftPercent ?? 100;
    const tone = left < 10 ? 'bad' : left < 40 ? 'warn' : 'good';
    this.show('budget', budget.unlimited ? 'unlimited' : number(budget.attemptsLeft), budget.unlimited ? '' : ' left',
      `${number(budget.retriesLastTenSeconds)} retries, ${number(budget.hedgesLastTenSeconds)} hedges in 10 s`,
      tone === 'bad');
    attribute(this.gauge, 'data-tone', tone);
    attribute(this.gauge, 'aria-label', `${percent(left)} of the retry budget is left`);
    attribute(this.left, 'width', (1.5 * left).toFixed(1));
  }

  paintTable(matching, endpoints) {
    const { column, down } = this.order;
    this.heads.forEach((head, i) => {
      if (i === column) attribute(head, 'aria-sort', down ? 'descending' : 'ascending');
      else head.removeAttribute('aria-sort');
    });
    this.ordersHead.hidden = !writes;
    const { of } = COLUMNS[column];
    matching.sort((a, b) => (down ? compare(of(b), of(a)) : compare(of(a), of(b))) || compare(a.id, b.id));
    const pages = Math.max(1, Math.ceil(matching.length / ROWS));
    this.page = Math.min(Math.max(0, this.page), pages - 1);
    const shown = matching.slice(this.page * ROWS, (this.page + 1) * ROWS);
    const top = Math.max(0, ...shown.map(each => Math.max(each.sharePercent ?? 0, each.targetPercent ?? 0)));

    const rows = shown.map(endpoint => {
      let row = this.rows.get(endpoint.id);
      if (!row) {
        row = new Row(this.service, endpoint.id);
        this.rows.set(endpoint.id, row);
      }
      row.paint(endpoint, this.service.series.get(endpoint.id), top);
      return row;
    });
    const kept = new Set(rows);
    for (const [id, row] of this.rows) {
      if (!kept.has(row)) {
        row.root.remove();
        this.rows.delete(id);
      }
    }
    // Only what is out of place is moved: to move an element takes the focus from it.
    let at = this.body.firstChild;
    for (const row of rows) {
      if (row.root === at) at = at.nextSibling;
      else this.body.insertBefore(row.root, at);
    }

    text(this.count, matching.length === endpoints.size
      ? `${number(endpoints.size)} endpoints` : `${number(matching.length)} of ${number(endpoints.size)} endpoints`);
    this.pages.hidden = pages === 1;
    text(this.where, `page ${this.page + 1} of ${pages}`);
    this.back.disabled = this.page === 0;
    this.next.disabled = this.page === pages - 1;
  }

  paintEvents() {
    const { events } = this.service;
    text(this.heading, `Events, the last ${events.length}`);
    if (!this.log.open) return;
    for (const event of events) {
      if (event.number <= this.lastEvent) continue;
      this.lastEvent = event.number;
      const time = element('time', 'soft', clock(event.at));
      time.dateTime = event.at;
      const kind = element('span', 'kind', event.kind);
      if (KINDS[event.kind]) kind.dataset.tone = KINDS[event.kind];
      this.list.prepend(element('li', '', time, kind, isolated(event.endpoint ?? ''), isolated(event.text)));
    }
    while (this.list.childElementCount > EVENTS) this.list.lastChild.remove();
  }
}

// --- Painting ---------------------------------------------------------------------------------------

const watched = new IntersectionObserver(entries => {
  for (const entry of entries) entry.target.card.inView = entry.isIntersecting;
  repaint();
}, { rootMargin: '300px' });

let asked = false;

function repaint() {
  if (asked) return;
  asked = true;
  requestAnimationFrame(() => {
    asked = false;
    for (const service of services.values()) service.card.paint();
  });
}

function notice(message, isError = false) {
  const target = $('notice');
  target.hidden = !message;
  target.classList.toggle('error', isError);
  text(target, message ?? '');
}

// --- Orders -----------------------------------------------------------------------------------------

const ORDERS = {
  drain: { title: 'Drain', what: 'It gets no new requests; those in flight finish.' },
  disable: { title: 'Disable', what: 'It is taken out of service.' },
  weigh: { title: 'Weigh', what: 'It gets a share of its weight; other orders are taken back.' },
  enable: { title: 'Enable', what: 'All that was ordered of it is taken back.' },
};

let pending = null;

function openOrder(action, service, endpoint) {
  pending = { action, service, endpoint };
  const { title, what } = ORDERS[action];
  text($('order-title'), `${title} ${endpoint}`);
  text($('order-what'), `Of ${service}. ${what}`);
  text($('order-give'), title);
  text($('order-error'), '');
  $('order-share-row').hidden = action !== 'weigh';
  $('order-limit-row').hidden = action === 'enable';
  $('order-reason').parentElement.hidden = action === 'enable';
  $('order').showModal();
  (action === 'enable' ? $('order-give') : $('order-reason')).focus();
}

async function giveOrder() {
  const { action, service, endpoint } = pending;
  const limit = $('order-limit').value;
  const order = { service, endpoint, action };
  if (action !== 'enable') {
    order.reason = $('order-reason').value.trim();
    if (limit) order.limitSeconds = Number(limit);
  }
  if (action === 'weigh') order.sharePercent = Number($('order-share').value);
  $('order-give').disabled = true;
  try {
    const answer = await fetch('ui/order', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'X-Evenkeel': '1' },
      body: JSON.stringify(order),
    });
    const said = await answer.text();
    if (answer.ok) {
      $('order').close();
      notice(said);
    } else {
      text($('order-error'), said || `The order was refused: ${answer.status}`);
    }
  } catch (problem) {
    text($('order-error'), `The order did not arrive: ${problem.message}`);
  } finally {
    $('order-give').disabled = false;
  }
}

// --- The stream -------------------------------------------------------------------------------------

let stream = null;

function live(state, words) {
  $('live').dataset.state = state;
  text($('live-text'), words);
}

/** Watches until the stream ends, for whatever reason. */
async function watch(stop) {
  let silence;
  const heard = () => {
    clearTimeout(silence);
    silence = setTimeout(() => stop.abort(), SILENCE_MILLIS);
  };
  heard();
  try {
    const answer = await fetch('ui/events', {
      headers: { Accept: 'text/event-stream' }, cache: 'no-store', signal: stop.signal,
    });
    if (!answer.ok) {
      const said = await answer.text();
      notice(said.slice(0, 300) || `The server answers with status ${answer.status}.`, true);
      return;
    }
    notice(null);
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = '';
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      heard();
      const messages = (rest + value).split('\n\n');
      rest = messages.pop();
      messages.forEach(take);
    }
  } finally {
    clearTimeout(silence);
  }
}

function take(message) {
  const lines = message.split('\n');
  const field = name => lines.find(line => line.startsWith(`${name}: `))?.slice(name.length + 2);
  const data = field('data');
  if (data) {
    (field('event') === 'whole' ? takeWhole : takeChange)(JSON.parse(data));
    repaint();
  }
  live('on', `Live, ${serverNow.toLocaleTimeString('en-GB')}`);
}

/** A page that nobody sees does not watch. */
async function keepWatching() {
  if (stream || document.hidden) return;
  stream = new AbortController();
  try {
    await watch(stream);
  } catch (problem) {
    if (problem.name !== 'AbortError') console.warn(problem);
  } finally {
    stream = null;
    live('off', document.hidden ? 'Paused' : 'Not connected');
    setTimeout(keepWatching, AGAIN_MILLIS);
  }
}

// --- What people do -----------------------------------------------------------------------------------

$('search').addEventListener('input', event => {
  filter.query = event.target.value.trim().toLowerCase();
  for (const service of services.values()) service.card.page = 0;
  repaint();
});

$('show').addEventListener('change', event => {
  filter.show = event.target.value;
  for (const service of services.values()) service.card.page = 0;
  repaint();
});

document.addEventListener('keydown', event => {
  const typing = event.target.matches('input, select, textarea') || $('order').open;
  if (event.key === '/' && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
    event.preventDefault();
    $('search').focus();
    $('search').select();
  } else if (event.key === 'Escape' && event.target === $('search')) {
    $('search').value = '';
    $('search').dispatchEvent(new Event('input'));
    $('search').blur();
  }
});

$('order-cancel').addEventListener('click', () => $('order').close());
$('order-give').addEventListener('click', giveOrder);
$('order-reason').addEventListener('keydown', event => { if (event.key === 'Enter') giveOrder(); });

document.addEventListener('visibilitychange', () => {
  if (document.hidden) stream?.abort();
  else keepWatching();
});

keepWatching();
