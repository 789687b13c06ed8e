package io.evenkeel.lb;

import io.evenkeel.lb.BalancerEvent.Closed;
import io.evenkeel.lb.BalancerEvent.EndpointsChanged;
import io.evenkeel.lb.BalancerEvent.PanicChanged;
import io.evenkeel.lb.NoEndpointException.Reason;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The balancer: a request path that reads one immutable {@link Snapshot}, and a control path with
 * one writer that replaces it.
 *
 * <p>Whatever may change the snapshot (a set from the source, a change of health, close) leaves a
 * note in {@code arrived}, {@code rejudge}, {@code renewal}, {@code wanted} or {@code closing} and
 * calls {@link #drain}. {@code pending} lets in one thread at a time, which works off the notes of
 * all; of several sets only the latest is looked at. No lock is held while user code runs. The
 * fields marked as control state are used inside {@link #drain} alone.
 *
 * <p>Memory: {@code snapshot} is volatile; the weights of its nodes are set before it is published.
 * Control state is handed from thread to thread through {@code pending}.
 */
final class Engine implements Balancer {
  private final String name;
  private final Strategy strategy;
  private final List<HealthPolicy> policies;
  private final double panicThreshold;
  private final Scheduler scheduler;
  private final RandomGenerator random;
  private final RecentTicker ticker;
  private final Faults faults;
  private final Leases leases;
  private final Elsewhere elsewhere;
  private final Discovery discovery;
  private final FirstSet firstSet = new FirstSet(this::endpoints);

  private final AtomicInteger pending = new AtomicInteger();
  private final AtomicReference<@Nullable EndpointSet> arrived = new AtomicReference<>();
  private final AtomicBoolean rejudge = new AtomicBoolean();
  private final AtomicReference<@Nullable ChoiceLog> wanted = new AtomicReference<>();
  private volatile boolean closing;

  private volatile Snapshot snapshot;

  // Control state.
  private final Admission admission;
  private final GuardedHealth health;
  private final NodeTable table;
  private final Renewal renewal;

  /** The set that is looked at; after an error it is still there. */
  private @Nullable EndpointSet latest;

  /** Whether the latest set was taken to the end. */
  private boolean taken;

  private List<Node> nodes = List.of();
  private @Nullable Selector selector;
  private @Nullable ChoiceLog log;
  private boolean closed;

  /** Control state that explanations read. */
  private volatile boolean panic;

  /** As of the last judgement, for all to read. */
  private volatile double capacity;

  Engine(BalancerBuilder settings, EndpointSource source, Strategy strategy) {
    this.name = settings.name;
    this.strategy = strategy;
    this.policies = settings.health;
    this.panicThreshold = settings.panicThreshold;
    this.random = settings.random;
    this.ticker = new RecentTicker(settings.ticker);
    this.faults = new Faults(name, settings.ticker, settings.listeners);
    this.scheduler = new FallbackScheduler(settings.scheduler, faults);
    this.leases = new Leases(settings, scheduler, faults);
    this.elsewhere = new Elsewhere(name, strategy, leases, faults, () -> snapshot);
    this.discovery = new Discovery(source, this::offer, scheduler, random, faults);
    this.renewal = new Renewal(scheduler, this::drain);
    this.admission = new Admission(source, faults, this::refused);
    // The monitor last, since it may tell others of itself: if the strategy throws, there is none.
    LoadMetric metric = strategy.loadMetric();
    boolean bounded = strategy.boundsLoad();
    this.health = new GuardedHealth(settings, faults, this::healthChanged);
    this.table = new NodeTable(metric, bounded, health, ticker, faults, admission::addresses);
    this.snapshot = nothing(EndpointSet.of(), List.of(), Reason.NOT_READY, "no endpoints yet");
  }

  void start() {
    leases.start();
    discovery.start();
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public Node select(RequestContext context) {
    return snapshot.choose(context, faults);
  }

  @Override
  public Lease lease(RequestContext context) {
    Snapshot asked = snapshot;
    Node node = asked.choose(context, faults);
    long stamp = node.begin();
    return stamp != Node.REFUSED ? leases.open(node, stamp) : elsewhere.lease(context, node, asked);
  }

  @Override
  public Explanation explain(RequestContext context) {
    return snapshot.explain(context, name, strategy, panic, ticker.now());
  }

  @Override
  public ChoiceLog record(int size, int oneIn) {
    ChoiceLog log = new ChoiceLog(size, oneIn, ticker, this);
    wanted.set(log);
    drain();
    return log;
  }

  /** Ends a log, unless another has taken its place. */
  void stop(ChoiceLog log) {
    wanted.compareAndSet(log, null);
    drain();
  }

  @Override
  public EndpointSet endpoints() {
    return snapshot.set();
  }

  @Override
  public List<Node> nodes() {
    return snapshot.nodes().all();
  }

  @Override
  public double capacity() {
    return capacity;
  }

  @Override
  public List<HealthPolicy> policies() {
    return policies;
  }

  @Override
  public CompletionStage<EndpointSet> ready(Duration limit) {
    if (limit.isNegative() || limit.isZero()) {
      throw new IllegalArgumentException("limit: " + limit + " (expected: > PT0S)");
    }
    return closing
        ? CompletableFuture.failedFuture(
            new NoEndpointException(Reason.CLOSED, name + ": the balancer is closed"))
        : firstSet.await(limit, scheduler, () -> late(limit));
  }

  private NoEndpointException late(Duration limit) {
    return new NoEndpointException(Reason.NOT_READY, name + ": no endpoints within " + limit);
  }

  @Override
  public void close() {
    closing = true;
    drain();
  }

  private void offer(EndpointSet set) {
    arrived.set(set);
    drain();
  }

  /** Called on the request path, where nothing may be rebuilt. */
  private void healthChanged() {
    if (!closing && rejudge.compareAndSet(false, true)) {
      try {
        scheduler.schedule(this::drain, 0);
      } catch (Throwable t) {
        // Else no later change would be scheduled.
        rejudge.set(false);
        throw t;
      }
    }
  }

  private void drain() {
    if (pending.getAndIncrement() != 0) {
      return;
    }
    int seen = 1;
    do {
      try {
        work();
      } catch (Throwable t) {
        tryAgain();
        throw t;
      }
      seen = pending.addAndGet(-seen);
    } while (seen != 0);
  }

  /** An error cut the work short. */
  private void tryAgain() {
    try {
      if (!closed) {
        renewal.retry();
      }
    } finally {
      // Else no later change of health would be scheduled, and nobody could get in again.
      rejudge.set(false);
      pending.set(0);
    }
  }

  private void work() {
    if (closed) {
      return;
    }
    if (closing) {
      shutDown();
      return;
    }
    boolean judgeAgain = rejudge.getAndSet(false);
    boolean chooseAnew = renewal.take();
    EndpointSet next = arrived.getAndSet(null);
    latest = next != null ? next : latest;
    EndpointSet set = admission.admit(latest);
    if (set != null && !(taken && set.equals(snapshot.set()))) {
      take(set);
    } else if (judgeAgain || chooseAnew) {
      rebuild(snapshot.set(), chooseAnew);
    }
    latest = null;
    if (log != wanted.get()) {
      log = wanted.get();
      snapshot = snapshot.recorded(log, faults);
    }
  }

  private void refused(String reason) {
    if (!firstSet.isKnown()) {
      String why = "the source's set was refused: " + reason;
      snapshot = nothing(EndpointSet.of(), List.of(), Reason.EMPTY, why);
    }
  }

  private void take(EndpointSet set) {
    EndpointSet before = snapshot.set();
    taken = false;
    nodes = table.update(set);
    rebuild(set, true);
    table.retireAllBut(set);
    faults.publish(new EndpointsChanged(name, before, set));
    firstSet.isThere();
    taken = true;
  }

  private void rebuild(EndpointSet set, boolean always) {
    Fitness fitness = Fitness.judge(nodes, panicThreshold, faults);
    capacity = fitness.capacity();
    table.renew(fitness.returned());
    boolean panicChanged = fitness.panic() != panic;
    if (panicChanged) {
      panic = fitness.panic();
      health.panicChanged(panic);
    }
    if (always || fitness.changed()) {
      renewal.cancel();
      Snapshot next = fitness.usable().isEmpty() ? unusable(set) : usable(set, fitness);
      snapshot = next.recorded(log, faults);
      next.nodes().applyBounds();
    }
    if (panicChanged) {
      faults.publish(new PanicChanged(name, panic, fitness.capacity()));
    }
  }

  private Snapshot usable(EndpointSet set, Fitness fitness) {
    nodes.forEach(node -> node.place = null);
    NodeSet offered = new NodeSet(fitness.usable(), List.copyOf(nodes), random, ticker);
    Selector next;
    try {
      next = strategy.newSelector(offered, selector);
      selector = next;
    } catch (Throwable t) {
      faults.report(Faults.Component.STRATEGY, t);
      next = context -> null;
    }
    if (offered.renewalNanos() != Long.MAX_VALUE) {
      renewal.after(offered.renewalNanos());
    }
    return new Snapshot(
        set, offered, next, new NoEndpointException(Reason.UNAVAILABLE, name + ": unavailable"));
  }

  private Snapshot unusable(EndpointSet set) {
    return set.isEmpty()
        ? nothing(set, List.of(), Reason.EMPTY, "the source has no endpoint")
        : nothing(
            set,
            List.copyOf(nodes),
            Reason.UNAVAILABLE,
            "none of " + nodes.size() + " endpoints may be used");
  }

  private Snapshot nothing(EndpointSet set, List<Node> all, Reason reason, String why) {
    return new Snapshot(
        set,
        new NodeSet(List.of(), all, random, ticker),
        context -> null,
        new NoEndpointException(reason, name + ": " + why));
  }

  private void shutDown() {
    closed = true;
    renewal.cancel();
    discovery.stop();
    leases.stop();
    Snapshot none = nothing(EndpointSet.none(), List.of(), Reason.CLOSED, "the balancer is closed");
    snapshot = none;
    capacity = 0;
    table.retireAllBut(none.set());
    health.close();
    firstSet.willNotCome(none.refusal());
    faults.publish(new Closed(name));
  }

  @Override
  public String toString() {
    String judged = policies.isEmpty() ? "" : "health " + policies + ", ";
    String limits = "panic below " + panicThreshold + ", " + leases;
    return "Balancer["
        + String.join(", ", name, strategy.toString(), judged + limits, snapshot.nodes().toString())
        + "]";
  }
}
