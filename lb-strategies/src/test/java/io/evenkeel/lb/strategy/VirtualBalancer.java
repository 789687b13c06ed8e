package io.evenkeel.lb.strategy;

import static java.util.Objects.requireNonNull;

import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.BalancerEvent;
import io.evenkeel.lb.BalancerListener;
import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.HealthContext;
import io.evenkeel.lb.HealthIndicator;
import io.evenkeel.lb.HealthMonitor;
import io.evenkeel.lb.HealthPolicy;
import io.evenkeel.lb.Node;
import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.RequestContext;
import io.evenkeel.lb.Strategy;
import io.evenkeel.lb.testkit.FakeTicker;
import io.evenkeel.lb.testkit.ManualScheduler;
import io.evenkeel.lb.testkit.ManualSource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** A balancer in virtual time, of which a test moves the clock, the endpoints and their health. */
final class VirtualBalancer implements AutoCloseable, HealthPolicy, BalancerListener {
  final ManualSource source = new ManualSource();
  final List<BalancerEvent> faults = new ArrayList<>();
  final Balancer balancer;
  final ManualScheduler scheduler;
  private final Map<String, Double> health = new HashMap<>();
  private @Nullable Runnable changed;

  VirtualBalancer(Strategy strategy) {
    this(strategy, 42);
  }

  VirtualBalancer(Strategy strategy, long seed) {
    // The clock wraps around while a test runs.
    FakeTicker ticker = new FakeTicker(Long.MAX_VALUE - Duration.ofSeconds(3).toNanos());
    scheduler = new ManualScheduler(ticker);
    balancer =
        Balancer.builder("virtual")
            .source(source)
            .strategy(strategy)
            .health(this)
            .listener(this)
            .panicThreshold(0)
            .random(new SplittableRandom(seed))
            .ticker(ticker)
            .scheduler(scheduler)
            .build();
  }

  void publish(Endpoint... endpoints) {
    source.publish(endpoints);
  }

  void advance(Duration time) {
    scheduler.advance(time);
  }

  void judge(Endpoint endpoint, double judgement) {
    health.put(endpoint.id(), judgement);
    requireNonNull(changed).run();
    scheduler.run();
  }

  /** How often each endpoint was chosen, by id. */
  Map<String, Integer> counts(int requests) {
    return counts(requests, RequestContext.none());
  }

  Map<String, Integer> counts(int requests, RequestContext context) {
    Map<String, Integer> counts = new HashMap<>();
    for (int i = 0; i < requests; i++) {
      counts.merge(balancer.select(context).endpoint().id(), 1, Integer::sum);
    }
    return counts;
  }

  @Override
  public HealthMonitor newMonitor(HealthContext context) {
    changed = context::changed;
    return this::watch;
  }

  private HealthIndicator watch(Node node) {
    String id = node.endpoint().id();
    return new HealthIndicator() {
      @Override
      public double health() {
        return health.getOrDefault(id, 1.0);
      }

      @Override
      public void record(Outcome outcome, long latencyNanos, long nowNanos) {}
    };
  }

  @Override
  public void onEvent(BalancerEvent event) {
    if (event instanceof BalancerEvent.ComponentFailed) {
      faults.add(event);
    }
  }

  @Override
  public void close() {
    balancer.close();
  }
}
