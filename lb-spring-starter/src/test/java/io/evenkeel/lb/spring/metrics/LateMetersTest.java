package io.evenkeel.lb.spring.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.BalancerEvent.Closed;
import io.evenkeel.lb.BalancerEvent.PanicChanged;
import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.EndpointSource;
import io.evenkeel.lb.HealthIndicator;
import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.RequestContext;
import io.evenkeel.lb.micrometer.BalancerMetrics;
import io.evenkeel.lb.micrometer.FailoverMetrics;
import io.evenkeel.lb.testkit.FakeTicker;
import io.evenkeel.lb.testkit.ManualScheduler;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class LateMetersTest {
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();

  private static final class Unfit implements HealthIndicator {
    @Override
    public double health() {
      return 0;
    }

    @Override
    public void record(Outcome outcome, long latencyNanos, long nowNanos) {}
  }

  private record OfOne(Balancer balancer, BalancerMetrics requests, SimpleMeterRegistry registry)
      implements LateMeters.Registry {
    @Override
    public @Nullable Balancer present(String service) {
      return balancer;
    }

    @Override
    public FailoverMetrics show(String service) {
      requests.show(balancer);
      return FailoverMetrics.of(registry, service);
    }

    @Override
    public void showGates(String service, FailoverMetrics calls) {}
  }

  /** While a balancer is replaced both tell what happens, each on a thread of its own. */
  @Test
  void whatAReplacedBalancerToldLastDoesNotStay() {
    FakeTicker ticker = new FakeTicker();
    ManualScheduler scheduler = new ManualScheduler(ticker);
    try (Balancer present =
        Balancer.builder("orders")
            .source(EndpointSource.of(Endpoint.of("10.0.0.1", 1)))
            .health(context -> node -> new Unfit())
            .ticker(ticker)
            .scheduler(scheduler)
            .build()) {
      scheduler.run();
      assertThat(present.explain(RequestContext.none()).panic()).isTrue();
      OfOne all = new OfOne(present, BalancerMetrics.of(registry), registry);
      LateMeters late = new LateMeters("orders", () -> all);
      late.onEvent(new PanicChanged("orders", true, 0));
      late.onEvent(new PanicChanged("orders", false, 1));
      assertThat(registry.get("lb.panic").gauge().value()).isZero();
      late.onEvent(new Closed("orders"));
      assertThat(registry.get("lb.panic").gauge().value()).isOne();
    }
  }
}
