package io.evenkeel.lb.engine;

import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.BalancerBuilder;
import io.evenkeel.lb.BalancerEvent;
import io.evenkeel.lb.BalancerListener;
import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.HealthContext;
import io.evenkeel.lb.HealthIndicator;
import io.evenkeel.lb.HealthMonitor;
import io.evenkeel.lb.HealthPolicy;
import io.evenkeel.lb.Node;
import io.evenkeel.lb.NodeSet;
import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.RequestContext;
import io.evenkeel.lb.Selector;
import io.evenkeel.lb.Strategy;
import io.evenkeel.lb.testkit.FakeTicker;
import io.evenkeel.lb.testkit.ManualScheduler;
import io.evenkeel.lb.testkit.ManualSource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** A balancer in virtual time with everything that it can be given under a test's control. */
final class Fixture implements BalancerListener, HealthPolicy {
  final FakeTicker ticker = new FakeTicker(Long.MAX_VALUE - Duration.ofSeconds(5).toNanos());
  final ManualScheduler scheduler = new ManualScheduler(ticker);
  final ManualSource source = new ManualSource();
  final List<BalancerEvent> events = new ArrayList<>();
  final Map<String, Judge> judges = new HashMap<>();
  final BalancerBuilder builder =
      Balancer.builder("orders")
          .source(source)
          .strategy(new FirstUsable())
          .listener(this)
          .ticker(ticker)
          .scheduler(scheduler)
          .random(new SplittableRandom(42));

  @Override
  public void onEvent(BalancerEvent event) {
    events.add(event);
  }

  @Override
  public HealthMonitor newMonitor(HealthContext context) {
    return node -> {
      Judge judge = new Judge(context::changed);
      judges.put(node.endpoint().id(), judge);
      return judge;
    };
  }

  <T extends BalancerEvent> List<T> events(Class<T> type) {
    return events.stream().filter(type::isInstance).map(type::cast).toList();
  }

  static Endpoint endpoint(int port) {
    return Endpoint.of("10.0.0.1", port);
  }

  static Endpoint weighted(int port, double weight) {
    return Endpoint.builder("10.0.0.1", port).weight(weight).build();
  }

  static Node node(Balancer balancer, int port) {
    return balancer.nodes().stream()
        .filter(node -> node.endpoint().port() == port)
        .findFirst()
        .orElseThrow();
  }

  /** Always the first usable node, so that tests know where requests go. */
  static final class FirstUsable implements Strategy {
    @Override
    public Selector newSelector(NodeSet nodes, @Nullable Selector previous) {
      Node first = nodes.usable().get(0);
      return context -> first;
    }

    @Override
    public String toString() {
      return "FirstUsable";
    }
  }

  static final class Judge implements HealthIndicator {
    final List<Outcome> recorded = new ArrayList<>();
    private final Runnable onChange;
    private volatile double health = 1;
    boolean admitting = true;
    boolean withdrawn;
    boolean closed;
    @Nullable RuntimeException thrown;

    Judge(Runnable onChange) {
      this.onChange = onChange;
    }

    void judge(double health) {
      this.health = health;
      onChange.run();
    }

    @Override
    public double health() {
      throwIfTold();
      return health;
    }

    @Override
    public boolean isWithdrawn() {
      return withdrawn;
    }

    @Override
    public boolean admit(long nowNanos) {
      throwIfTold();
      return admitting;
    }

    @Override
    public void record(Outcome outcome, long latencyNanos, long nowNanos) {
      throwIfTold();
      recorded.add(outcome);
    }

    @Override
    public void close() {
      closed = true;
      throwIfTold();
    }

    private void throwIfTold() {
      if (thrown != null) {
        throw thrown;
      }
    }
  }

  static final class Tried implements RequestContext {
    final Set<Endpoint> endpoints = new HashSet<>();

    Tried(Endpoint... endpoints) {
      this.endpoints.addAll(List.of(endpoints));
    }

    @Override
    public boolean tried(Endpoint endpoint) {
      return endpoints.contains(endpoint);
    }
  }
}
