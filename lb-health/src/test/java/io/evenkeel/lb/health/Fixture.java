package io.evenkeel.lb.health;

import static java.util.Objects.requireNonNull;

import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.BalancerEvent;
import io.evenkeel.lb.BalancerListener;
import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.Node;
import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.RequestContext;
import io.evenkeel.lb.strategy.WeightedRoundRobin;
import io.evenkeel.lb.testkit.FakeTicker;
import io.evenkeel.lb.testkit.ManualScheduler;
import io.evenkeel.lb.testkit.ManualSource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/** A balancer in virtual time whose health is judged by a policy. */
final class Fixture implements AutoCloseable, BalancerListener {
  static final String NAME = "orders";

  /** The clock wraps around while a test runs. */
  final FakeTicker ticker = new FakeTicker(Long.MAX_VALUE - Duration.ofSeconds(2).toNanos());

  final ManualScheduler scheduler = new ManualScheduler(ticker);
  final ManualSource source = new ManualSource();
  final List<BalancerEvent> events = new ArrayList<>();
  final HealthRegistry registry = HealthRegistry.create(1000, ticker);
  final Balancer balancer;

  Fixture(Health.Builder health, int nodes) {
    balancer =
        Balancer.builder(NAME)
            .source(source)
            .strategy(WeightedRoundRobin.of())
            .health(health.registry(registry).build())
            .listener(this)
            .ticker(ticker)
            .scheduler(scheduler)
            .random(new SplittableRandom(42))
            .build();
    publish(nodes);
  }

  /** With all detectors. */
  static Fixture of(int nodes) {
    return new Fixture(Health.builder().recommendedDetectors(), nodes);
  }

  void publish(int nodes) {
    Endpoint[] endpoints = new Endpoint[nodes];
    for (int i = 0; i < nodes; i++) {
      endpoints[i] = Endpoint.of("10.0.0.1", i + 1);
    }
    source.publish(endpoints);
    scheduler.run();
  }

  static String id(int port) {
    return "10.0.0.1:" + port;
  }

  Node node(int port) {
    return balancer.nodes().stream()
        .filter(node -> node.endpoint().port() == port)
        .findFirst()
        .orElseThrow();
  }

  EndpointHealth health(int port) {
    return registry.endpoints(NAME).stream()
        .filter(each -> each.endpoint().port() == port)
        .findFirst()
        .orElseThrow();
  }

  HealthState state(int port) {
    return health(port).state();
  }

  /** A request to a node; whether the node took it. */
  boolean request(int port, Outcome outcome) {
    Node node = node(port);
    long stamp = node.begin();
    if (stamp == Node.REFUSED) {
      return false;
    }
    node.end(stamp, outcome);
    return true;
  }

  void requests(int port, Outcome outcome, int count) {
    for (int i = 0; i < count; i++) {
      request(port, outcome);
    }
    scheduler.run();
  }

  /** The share that a node gets of many requests. */
  double shareOf(int port) {
    int total = 1000;
    int hits = 0;
    for (int i = 0; i < total; i++) {
      hits += balancer.select(RequestContext.none()).endpoint().port() == port ? 1 : 0;
    }
    return (double) hits / total;
  }

  void advance(Duration time) {
    scheduler.advance(time);
  }

  List<String> history() {
    return registry.history().stream()
        .map(each -> each.endpoint().port() + " " + each.from() + " " + each.to())
        .toList();
  }

  @Override
  public void onEvent(BalancerEvent event) {
    events.add(event);
  }

  @Override
  public void close() {
    balancer.close();
  }

  /** A check that says what a test tells it. */
  static final class FakeCheck implements HealthCheck {
    private final Verdict first;
    final Map<Integer, CheckContext> contexts = new HashMap<>();
    final List<Integer> closed = new ArrayList<>();
    final List<Integer> suspected = new ArrayList<>();

    FakeCheck(Verdict first) {
      this.first = first;
    }

    void say(int port, Verdict verdict) {
      requireNonNull(contexts.get(port)).report(verdict);
    }

    @Override
    public Run start(CheckContext context) {
      int port = context.node().endpoint().port();
      contexts.put(port, context);
      context.report(first);
      return new Run() {
        @Override
        public void suspected() {
          suspected.add(port);
        }

        @Override
        public void close() {
          closed.add(port);
        }
      };
    }

    @Override
    public String toString() {
      return "fake";
    }
  }
}
