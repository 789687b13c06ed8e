package io.evenkeel.lb.failover.pattern;

import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.HealthContext;
import io.evenkeel.lb.HealthIndicator;
import io.evenkeel.lb.HealthPolicy;
import io.evenkeel.lb.Node;
import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.Strategy;
import io.evenkeel.lb.failover.Failover;
import io.evenkeel.lb.failover.FailoverBuilder;
import io.evenkeel.lb.failover.RetryBudget;
import io.evenkeel.lb.strategy.RoundRobin;
import io.evenkeel.lb.testkit.FakeTicker;
import io.evenkeel.lb.testkit.ManualScheduler;
import io.evenkeel.lb.testkit.ManualSource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;

/** Balancers in virtual time whose endpoints are as fit as a test says. */
final class Site implements AutoCloseable {
  /** The clock wraps around while a test runs. */
  final FakeTicker ticker = new FakeTicker(Long.MAX_VALUE - Duration.ofSeconds(1).toNanos());

  final ManualScheduler scheduler = new ManualScheduler(ticker);
  private final Set<String> unfit = ConcurrentHashMap.newKeySet();
  private final List<HealthContext> contexts = new ArrayList<>();
  private final List<Balancer> balancers = new ArrayList<>();
  private final Map<String, ManualSource> sources = new HashMap<>();

  /** Endpoints named {@code name-1}, {@code name-2} and so on. */
  Balancer balancer(String name, int endpoints) {
    return balancer(name, endpoints, RoundRobin.of());
  }

  Balancer balancer(String name, int endpoints, Strategy strategy) {
    ManualSource source = new ManualSource();
    sources.put(name, source);
    publish(name, endpoints);
    Balancer balancer =
        Balancer.builder(name)
            .source(source)
            .strategy(strategy)
            .health(judge())
            .ticker(ticker)
            .scheduler(scheduler)
            .random(new SplittableRandom(42))
            .build();
    balancers.add(balancer);
    return balancer;
  }

  void publish(String name, int endpoints) {
    publish(name, endpoints, 1);
  }

  void publish(String name, int endpoints, double weight) {
    Endpoint[] set = new Endpoint[endpoints];
    for (int i = 0; i < endpoints; i++) {
      set[i] = Endpoint.builder("10.0.0.1", i + 1).id(name + "-" + (i + 1)).weight(weight).build();
    }
    ManualSource source = sources.get(name);
    if (source != null) {
      source.publish(set);
    }
  }

  Failover failover(Balancer balancer) {
    return failoverBuilder(balancer).build();
  }

  FailoverBuilder failoverBuilder(Balancer balancer) {
    return Failover.builder(balancer)
        .budget(RetryBudget.unlimited())
        .ticker(ticker)
        .scheduler(scheduler);
  }

  private HealthPolicy judge() {
    return context -> {
      contexts.add(context);
      return node -> new Judgement(node.endpoint().id());
    };
  }

  void sicken(String... ids) {
    unfit.addAll(List.of(ids));
    rejudge();
  }

  void heal(String... ids) {
    unfit.removeAll(List.of(ids));
    rejudge();
  }

  private void rejudge() {
    contexts.forEach(HealthContext::changed);
    scheduler.run();
  }

  void pass(Duration time) {
    scheduler.advance(time);
  }

  static int inFlight(Balancer balancer) {
    return balancer.nodes().stream().mapToInt(Node::inFlight).sum();
  }

  /** Requests that count as in flight anywhere. */
  int inFlight() {
    return balancers.stream().mapToInt(Site::inFlight).sum();
  }

  @Override
  public void close() {
    balancers.forEach(Balancer::close);
  }

  private final class Judgement implements HealthIndicator {
    private final String id;

    Judgement(String id) {
      this.id = id;
    }

    @Override
    public double health() {
      return unfit.contains(id) ? 0 : 1;
    }

    @Override
    public void record(Outcome outcome, long latencyNanos, long nowNanos) {}
  }
}
