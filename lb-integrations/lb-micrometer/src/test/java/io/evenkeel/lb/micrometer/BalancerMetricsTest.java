package io.evenkeel.lb.micrometer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.evenkeel.lb.AddressPolicy;
import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.BalancerEvent;
import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.HealthIndicator;
import io.evenkeel.lb.Node;
import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.strategy.RoundRobin;
import io.evenkeel.lb.testkit.FakeTicker;
import io.evenkeel.lb.testkit.ManualScheduler;
import io.evenkeel.lb.testkit.ManualSource;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class BalancerMetricsTest {
  private final FakeTicker ticker = new FakeTicker();
  private final ManualScheduler scheduler = new ManualScheduler(ticker);
  private final ManualSource source = new ManualSource();
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();

  private Balancer balancer(BalancerMetrics metrics) {
    return Balancer.builder("orders")
        .source(source)
        .strategy(RoundRobin.of())
        .listener(metrics)
        .ticker(ticker)
        .scheduler(scheduler)
        .build();
  }

  private void publish(int from, int to) {
    List<Endpoint> endpoints = new ArrayList<>();
    for (int port = from; port <= to; port++) {
      endpoints.add(Endpoint.of("10.0.0.1", port));
    }
    source.publish(endpoints.toArray(new Endpoint[0]));
    scheduler.run();
  }

  private static Node node(Balancer balancer, int port) {
    return balancer.nodes().stream()
        .filter(each -> each.endpoint().port() == port)
        .findFirst()
        .orElseThrow();
  }

  private void request(Balancer balancer, int port, Outcome outcome, int millis) {
    Node node = node(balancer, port);
    long stamp = node.begin();
    ticker.advance(Duration.ofMillis(millis));
    node.end(stamp, outcome);
  }

  private Set<String> endpointTags() {
    Set<String> tags = new TreeSet<>();
    for (Meter meter : registry.getMeters()) {
      String tag = meter.getId().getTag("endpoint");
      if (tag != null) {
        tags.add(tag);
      }
    }
    return tags;
  }

  private Timer requests(String... tags) {
    return registry.get("lb.requests").tags("balancer", "orders").tags(tags).timer();
  }

  private double gauge(String name, String... tags) {
    return registry.get(name).tags("balancer", "orders").tags(tags).gauge().value();
  }

  @Test
  void requestsAreTimedByEndpointAndOutcome() {
    try (Balancer balancer = balancer(BalancerMetrics.of(registry))) {
      publish(1, 3);
      request(balancer, 1, Outcome.SUCCESS, 7);
      request(balancer, 1, Outcome.SUCCESS, 3);
      request(balancer, 2, Outcome.TIMEOUT, 250);
      Timer timer = requests("endpoint", "10.0.0.1:1", "outcome", "success");
      assertThat(timer.count()).isEqualTo(2);
      assertThat(timer.totalTime(TimeUnit.MILLISECONDS)).isEqualTo(10);
      assertThat(requests("endpoint", "10.0.0.1:2", "outcome", "timeout").count()).isOne();
      assertThat(registry.find("lb.requests").timers()).hasSize(2);
    }
  }

  @Test
  void whatOnlyTheBalancerKnowsIsShown() {
    BalancerMetrics metrics = BalancerMetrics.of(registry);
    try (Balancer balancer = balancer(metrics)) {
      publish(1, 2);
      metrics.show(balancer);
      publish(1, 3);
      assertThat(gauge("lb.endpoints")).isEqualTo(3);
      assertThat(gauge("lb.panic")).isZero();
      for (int port : new int[] {1, 3}) {
        String id = "10.0.0.1:" + port;
        Node node = node(balancer, port);
        long stamp = node.begin();
        assertThat(gauge("lb.requests.active", "endpoint", id)).isOne();
        node.end(stamp, Outcome.SUCCESS);
        assertThat(gauge("lb.requests.active", "endpoint", id)).isZero();
      }
    }
  }

  /** As where a registry of meters is made after the balancer, or needs it. */
  @Test
  void aBalancerThatWasThereBeforeIsShownAsItIs() {
    publish(1, 3);
    try (Balancer balancer =
        Balancer.builder("orders")
            .source(source)
            .strategy(RoundRobin.of())
            .health(context -> node -> new Judged(node.endpoint().port() == 1 ? 1 : 0))
            .ticker(ticker)
            .scheduler(scheduler)
            .build()) {
      scheduler.run();
      BalancerMetrics metrics = BalancerMetrics.of(registry, 2);
      metrics.show(balancer);
      assertThat(gauge("lb.endpoints")).isEqualTo(3);
      assertThat(gauge("lb.panic")).isOne();
      assertThat(gauge("lb.capacity")).isCloseTo(1.0 / 3, within(1e-9));
      assertThat(endpointTags()).containsExactly("10.0.0.1:1", "10.0.0.1:2");
      metrics.onEvent(new BalancerEvent.PanicChanged("orders", false, 1));
      metrics.show(balancer);
      assertThat(gauge("lb.panic")).isZero();
    }
  }

  @Test
  void endpointsThatAreLeftOutAreCounted() {
    BalancerMetrics metrics = BalancerMetrics.of(registry);
    try (Balancer balancer =
        Balancer.builder("orders")
            .source(source.withAddresses(AddressPolicy.ROUTABLE))
            .listener(metrics)
            .strategy(RoundRobin.of())
            .scheduler(scheduler)
            .build()) {
      source.publish(Endpoint.of("10.0.0.1", 80), Endpoint.of("127.0.0.1", 80));
      assertThat(registry.get("lb.events").tag("event", "endpoints.refused").counter().count())
          .isOne();
      assertThat(gauge("lb.endpoints")).isEqualTo(balancer.nodes().size()).isOne();
    }
  }

  /** Says the same forever. */
  private record Judged(double health) implements HealthIndicator {
    @Override
    public void record(Outcome outcome, long latencyNanos, long nowNanos) {}
  }

  /** Spring Cloud's gauges stayed for endpoints that were gone. */
  @Test
  void anEndpointsMetersGoWithItAndDoNotComeBackWithALateAnswer() {
    BalancerMetrics metrics = BalancerMetrics.of(registry);
    try (Balancer balancer = balancer(metrics)) {
      metrics.show(balancer);
      publish(1, 3);
      request(balancer, 1, Outcome.SUCCESS, 1);
      Node late = node(balancer, 1);
      long stamp = late.begin();
      publish(2, 3);
      assertThat(endpointTags()).containsExactly("10.0.0.1:2", "10.0.0.1:3");
      late.end(stamp, Outcome.SUCCESS);
      assertThat(endpointTags()).containsExactly("10.0.0.1:2", "10.0.0.1:3", "other");
      publish(1, 3);
      request(balancer, 1, Outcome.SUCCESS, 1);
      assertThat(requests("endpoint", "10.0.0.1:1").count()).isOne();
    }
    assertThat(registry.getMeters()).isEmpty();
  }

  @Test
  void whatEndsAfterItsBalancerWasClosedBringsNoMetersBack() {
    Balancer balancer = balancer(BalancerMetrics.of(registry));
    publish(1, 2);
    Node late = node(balancer, 1);
    long stamp = late.begin();
    balancer.close();
    late.end(stamp, Outcome.SUCCESS);
    assertThat(registry.getMeters()).isEmpty();
  }

  @Test
  void noMoreEndpointsThanAllowedHaveMetersOfTheirOwn() {
    try (Balancer balancer = balancer(BalancerMetrics.of(registry, 2))) {
      publish(1, 50);
      for (int port = 1; port <= 50; port++) {
        request(balancer, port, Outcome.SUCCESS, 1);
      }
      assertThat(endpointTags()).hasSize(3).contains("other");
      assertThat(requests("endpoint", "other").count()).isEqualTo(48);
    }
    assertThatIllegalArgumentException()
        .isThrownBy(() -> BalancerMetrics.of(registry, -1))
        .withMessage("mostEndpoints: -1 (expected: 0..10000)");
  }

  @Test
  void eventsAreCounted() {
    try (Balancer balancer = balancer(BalancerMetrics.of(registry))) {
      publish(1, 2);
      publish(1, 3);
      assertThat(balancer.nodes()).hasSize(3);
      assertThat(registry.get("lb.events").tags("event", "endpoints.changed").counter().count())
          .isEqualTo(2);
    }
  }
}
