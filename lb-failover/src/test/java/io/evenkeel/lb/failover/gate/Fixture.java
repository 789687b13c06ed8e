package io.evenkeel.lb.failover.gate;

import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.BalancerBuilder;
import io.evenkeel.lb.BalancerEvent;
import io.evenkeel.lb.BalancerListener;
import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.HealthPolicy;
import io.evenkeel.lb.Node;
import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.strategy.RoundRobin;
import io.evenkeel.lb.testkit.FakeTicker;
import io.evenkeel.lb.testkit.ManualScheduler;
import io.evenkeel.lb.testkit.ManualSource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

/** A balancer in virtual time whose endpoints have gates. */
final class Fixture implements BalancerListener {
  static final String NAME = "orders";

  /** The clock wraps around while a test runs. */
  final FakeTicker ticker = new FakeTicker(Long.MAX_VALUE - Duration.ofSeconds(1).toNanos());

  final ManualScheduler scheduler = new ManualScheduler(ticker);
  final ManualSource source = new ManualSource();
  final List<BalancerEvent> events = new ArrayList<>();
  final BalancerBuilder builder;
  private final RandomGenerator random = new SplittableRandom(42);

  Fixture(HealthPolicy policy) {
    builder =
        Balancer.builder(NAME)
            .source(source)
            .strategy(RoundRobin.of())
            .health(policy)
            .listener(this)
            .ticker(ticker)
            .scheduler(scheduler)
            .random(random);
  }

  Balancer balancer(int nodes) {
    Balancer balancer = builder.build();
    publish(nodes);
    return balancer;
  }

  void publish(int nodes) {
    Endpoint[] endpoints = new Endpoint[nodes];
    for (int i = 0; i < nodes; i++) {
      endpoints[i] = endpoint(i + 1);
    }
    source.publish(endpoints);
  }

  static Endpoint endpoint(int number) {
    return Endpoint.builder("10.0.0.1", number).id("s" + number).build();
  }

  static Node node(Balancer balancer, int number) {
    return balancer.nodes().get(number - 1);
  }

  void advance(Duration time) {
    scheduler.advance(time);
  }

  /** Begins and ends requests, each of which takes a millisecond; none may be refused. */
  void send(Node node, int requests, Outcome outcome) {
    for (int i = 0; i < requests; i++) {
      end(node, begin(node), outcome);
    }
  }

  /** A nanosecond later than what was before. */
  long begin(Node node) {
    ticker.advance(1);
    long stamp = node.begin();
    if (stamp == Node.REFUSED) {
      throw new AssertionError("refused by " + node);
    }
    return stamp;
  }

  boolean isRefused(Node node) {
    ticker.advance(1);
    long stamp = node.begin();
    if (stamp != Node.REFUSED) {
      node.end(stamp, Outcome.CANCELLED);
    }
    return stamp == Node.REFUSED;
  }

  void end(Node node, long stamp, Outcome outcome) {
    advance(Duration.ofMillis(1));
    node.end(stamp, outcome);
    scheduler.run();
  }

  @Override
  public void onEvent(BalancerEvent event) {
    events.add(event);
  }
}
