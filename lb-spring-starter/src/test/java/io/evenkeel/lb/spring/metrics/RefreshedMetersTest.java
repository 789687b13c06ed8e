package io.evenkeel.lb.spring.metrics;

import static io.evenkeel.lb.spring.metrics.Applications.tags;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.HealthIndicator;
import io.evenkeel.lb.Lease;
import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.RequestContext;
import io.evenkeel.lb.spring.BalancerCustomizer;
import io.evenkeel.lb.spring.Changing;
import io.evenkeel.lb.spring.Contexts;
import io.evenkeel.lb.spring.LoadBalancers;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class RefreshedMetersTest {
  private static final String ORDERS = "evenkeel.services.orders.";
  private static final String STOCK = "evenkeel.services.stock.";

  private final Changing properties = Changing.of();

  private interface Check {
    void with(LoadBalancers balancers, MeterRegistry registry) throws Exception;
  }

  private void run(Check check) {
    properties
        .in(Applications.withoutClients())
        .withBean(MeterRegistry.class, SimpleMeterRegistry::new)
        .run(
            context ->
                check.with(
                    context.getBean(LoadBalancers.class), context.getBean(MeterRegistry.class)));
  }

  private static void call(LoadBalancers balancers, String service, int times) {
    for (int i = 0; i < times; i++) {
      String unused = balancers.failover(service).call(RequestContext.none(), Endpoint::authority);
    }
  }

  private static long calls(MeterRegistry registry, String service) {
    return registry.get("lb.calls").tags("balancer", service, "result", "done").timer().count();
  }

  private static long requests(MeterRegistry registry, String service) {
    return registry.get("lb.requests").tag("balancer", service).timers().stream()
        .mapToLong(Timer::count)
        .sum();
  }

  private static double active(MeterRegistry registry) {
    return registry.get("lb.requests.active").tag("balancer", "orders").gauges().stream()
        .mapToDouble(Gauge::value)
        .sum();
  }

  @Test
  void countsGoOnAndGaugesAreThoseOfThePresentBalancer() {
    run(
        (balancers, registry) -> {
          call(balancers, "orders", 10);
          Lease before = balancers.balancer("orders").lease(RequestContext.none());
          assertThat(active(registry)).isOne();
          properties.set(ORDERS + "strategy=round-robin");
          assertThat(balancers.refresh()).hasSize(1);
          assertThat(active(registry)).isZero();
          call(balancers, "orders", 5);
          Lease after = balancers.balancer("orders").lease(RequestContext.none());
          assertThat(active(registry)).isOne();
          before.end(Outcome.SUCCESS);
          assertThat(active(registry)).isOne();
          after.end(Outcome.SUCCESS);
          assertThat(active(registry)).isZero();
          properties.set(ORDERS + "failover.deadline=3s");
          assertThat(balancers.refresh()).hasSize(1);
          call(balancers, "orders", 3);

          assertThat(calls(registry, "orders")).isEqualTo(18);
          assertThat(requests(registry, "orders")).isEqualTo(20);
          assertThat(registry.get("lb.capacity").gauge().value()).isOne();
          assertThat(registry.get("lb.endpoints").gauge().value()).isEqualTo(2);
          assertThat(registry.get("lb.retries.left").gauge().value())
              .isEqualTo(balancers.failover("orders").retriesLeft());
          assertThat(registry.get("lb.health.endpoints").tag("state", "up").gauge().value())
              .isEqualTo(2);
        });
  }

  @Test
  void breakersAndLimitsAreThoseOfThePresentBalancer() {
    run(
        (balancers, registry) -> {
          assertThat(registry.find("lb.breakers").gauges()).isEmpty();
          properties.set(ORDERS + "failover.breaker.enabled=true");
          assertThat(balancers.refresh()).hasSize(1);
          assertThat(closedBreakers(registry)).isEqualTo(2);
          assertThat(registry.find("lb.limit").gauges()).isEmpty();

          properties.set(ORDERS + "failover.breaker.window=30", ORDERS + "failover.limits.least=7");
          assertThat(balancers.refresh()).hasSize(1);
          assertThat(closedBreakers(registry)).isEqualTo(2);
          assertThat(registry.get("lb.limit").tag("of", "all").gauge().value()).isPositive();

          properties.set(ORDERS + "failover.breaker.enabled=false");
          assertThat(balancers.refresh()).hasSize(1);
          assertThat(closedBreakers(registry)).isZero();
        });
  }

  /** Of those that are built, as long as it is said that their endpoints are fit. */
  private record Judged(double health) implements HealthIndicator {
    @Override
    public void record(Outcome outcome, long latencyNanos, long nowNanos) {}
  }

  /** The first one is in panic before there are meters. */
  @Test
  void panicIsThatOfThePresentBalancer() {
    AtomicInteger health = new AtomicInteger();
    properties
        .in(Applications.withoutClients())
        .withBean(MeterRegistry.class, SimpleMeterRegistry::new)
        .withBean(
            BalancerCustomizer.class,
            () ->
                (service, balancer) -> {
                  Judged judged = new Judged(health.get());
                  balancer.health(context -> node -> judged);
                })
        .run(
            context -> {
              LoadBalancers balancers = context.getBean(LoadBalancers.class);
              MeterRegistry registry = context.getBean(MeterRegistry.class);
              Contexts.await("panic", () -> panic(registry) == 1);
              for (String strategy : List.of("round-robin", "random", "maglev", "round-robin")) {
                int fit = 1 - health.get();
                health.set(fit);
                properties.set(ORDERS + "strategy=" + strategy);
                assertThat(balancers.refresh()).hasSize(1);
                assertThat(balancers.balancer("orders").capacity()).isEqualTo(fit);
                assertThat(panic(registry)).as(strategy).isEqualTo(1.0 - fit);
              }
            });
  }

  private static double panic(MeterRegistry registry) {
    return registry.get("lb.panic").tag("balancer", "orders").gauge().value();
  }

  private static double closedBreakers(MeterRegistry registry) {
    return registry.get("lb.breakers").tag("state", "closed").gauge().value();
  }

  @Test
  void metersComeAndGoWithTheirServices() {
    run(
        (balancers, registry) -> {
          for (int round = 0; round < 3; round++) {
            properties.set(STOCK + "endpoints=10.0.2.1:80");
            assertThat(balancers.refresh()).containsExactly("stock: new");
            assertThat(tags(registry, "lb.endpoints", "balancer"))
                .containsExactly("orders", "stock");
            assertThat(calls(registry, "stock")).isZero();
            call(balancers, "stock", 4);
            assertThat(calls(registry, "stock")).isEqualTo(4);
            assertThat(requests(registry, "stock")).isEqualTo(4);
            assertThat(tags(registry, "lb.capacity", "balancer"))
                .containsExactly("orders", "stock");
            properties.set(STOCK + "endpoints");
            assertThat(balancers.refresh()).containsExactly("stock: removed");
            assertThat(
                    registry.getMeters().stream()
                        .filter(meter -> "stock".equals(meter.getId().getTag("balancer"))))
                .isEmpty();
          }
        });
  }

  @Test
  void whatIsRefusedLeavesNoMeters() {
    run(
        (balancers, registry) -> {
          int before = registry.getMeters().size();
          properties.set(STOCK + "endpoints=10.0.2.1:80", ORDERS + "strategy=best");
          assertThatThrownBy(balancers::refresh).hasMessageContaining("evenkeel.services.orders");
          assertThat(registry.getMeters()).hasSize(before);
        });
  }
}
