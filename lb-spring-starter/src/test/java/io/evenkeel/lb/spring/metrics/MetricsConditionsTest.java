package io.evenkeel.lb.spring.metrics;

import static io.evenkeel.lb.spring.metrics.Applications.names;
import static io.evenkeel.lb.spring.metrics.Applications.orders;
import static io.evenkeel.lb.spring.metrics.Applications.tags;
import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.EndpointSource;
import io.evenkeel.lb.Lease;
import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.RequestContext;
import io.evenkeel.lb.failover.CallContext;
import io.evenkeel.lb.failover.gate.AdaptiveLimits;
import io.evenkeel.lb.failover.gate.Breakers;
import io.evenkeel.lb.spring.BalancerCustomizer;
import io.evenkeel.lb.spring.LoadBalancers;
import io.evenkeel.lb.testkit.ManualSource;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.LazyInitializationBeanFactoryPostProcessor;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

/** When there are meters, and of what. */
@Timeout(60)
class MetricsConditionsTest {
  private static final String[] ALL = {
    "lb.calls",
    "lb.capacity",
    "lb.endpoints",
    "lb.health.endpoints",
    "lb.hedges",
    "lb.panic",
    "lb.requests.active",
    "lb.retries",
    "lb.retries.left"
  };

  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();

  @Test
  void aRegistryIsAllThatIsNeeded() {
    orders("evenkeel.services.stock.endpoints=10.0.0.3:80")
        .withBean(MeterRegistry.class, () -> registry)
        .run(
            context -> {
              assertThat(names(registry)).containsExactly(ALL);
              assertThat(tags(registry, "lb.endpoints", "balancer"))
                  .containsExactly("orders", "stock");
              assertThat(registry.get("lb.endpoints").tag("balancer", "orders").gauge().value())
                  .isEqualTo(2);
              LoadBalancers balancers = context.getBean(LoadBalancers.class);
              balancers.failover("orders").<Integer>call(CallContext.idempotent(), endpoint -> 1);
              assertThat(registry.get("lb.requests").timer().count()).isOne();
              assertThat(registry.get("lb.calls").tag("result", "done").timer().count()).isOne();
            });
    assertThat(registry.getMeters()).isEmpty();
  }

  @Test
  void withoutARegistryThereAreNone() {
    orders()
        .run(
            context -> {
              assertThat(context).hasSingleBean(ServiceMeters.class);
              LoadBalancers balancers = context.getBean(LoadBalancers.class);
              assertThat(
                      balancers
                          .failover("orders")
                          .<Integer>call(CallContext.idempotent(), endpoint -> 1))
                  .isOne();
            });
  }

  @ParameterizedTest
  @ValueSource(strings = {"evenkeel.metrics.enabled=false", "evenkeel.enabled=false"})
  void aPropertySwitchesThemOff(String property) {
    orders(property)
        .withBean(MeterRegistry.class, () -> registry)
        .run(
            context -> {
              assertThat(context).hasNotFailed().doesNotHaveBean(ServiceMeters.class);
              assertThat(registry.getMeters()).isEmpty();
            });
  }

  @ParameterizedTest
  @ValueSource(strings = {"io.micrometer.core", "io.micrometer", "io.evenkeel.lb.micrometer"})
  void withoutALibraryThereAreNone(String missing) {
    orders()
        .withClassLoader(new FilteredClassLoader(missing))
        .run(
            context -> {
              assertThat(context).hasNotFailed().hasSingleBean(LoadBalancers.class);
              assertThat(context).doesNotHaveBean("evenkeelServiceMeters");
            });
  }

  @Test
  void theyAreThereIfBeansAreLazy() {
    orders()
        .withBean(MeterRegistry.class, () -> registry)
        .withInitializer(
            context ->
                context.addBeanFactoryPostProcessor(
                    new LazyInitializationBeanFactoryPostProcessor()))
        .run(context -> assertThat(names(registry)).containsExactly(ALL));
  }

  @Test
  void ofSeveralRegistriesThePrimaryOneHasThem() {
    SimpleMeterRegistry other = new SimpleMeterRegistry();
    orders()
        .withBean("other", MeterRegistry.class, () -> other)
        .withBean("main", MeterRegistry.class, () -> registry, bean -> bean.setPrimary(true))
        .run(
            context -> {
              assertThat(names(registry)).containsExactly(ALL);
              assertThat(other.getMeters()).isEmpty();
            });
  }

  @Test
  void whereNoneIsPrimaryAllHaveThem() {
    SimpleMeterRegistry other = new SimpleMeterRegistry();
    orders()
        .withBean("other", MeterRegistry.class, () -> other)
        .withBean("main", MeterRegistry.class, () -> registry)
        .run(
            context -> {
              assertThat(names(registry)).containsExactly(ALL);
              assertThat(names(other)).containsExactly(ALL);
            });
    assertThat(registry.getMeters()).isEmpty();
    assertThat(other.getMeters()).isEmpty();
  }

  @Test
  void theyGoWithTheirEndpointAndTheirService() {
    ManualSource source = ManualSource.of(Endpoint.of("10.0.0.1", 1), Endpoint.of("10.0.0.1", 2));
    orders()
        .withBean("stock", EndpointSource.class, () -> source)
        .withBean(MeterRegistry.class, () -> registry)
        .run(
            context -> {
              LoadBalancers balancers = context.getBean(LoadBalancers.class);
              source.publish(Endpoint.of("10.0.0.1", 2), Endpoint.of("10.0.0.1", 3));
              assertThat(balancers.balancer("stock").endpoints().size()).isEqualTo(2);
              assertThat(registry.find("lb.requests.active").tag("balancer", "stock").gauges())
                  .extracting(gauge -> gauge.getId().getTag("endpoint"))
                  .containsExactlyInAnyOrder("10.0.0.1:2", "10.0.0.1:3");
              Lease late = balancers.balancer("stock").lease(RequestContext.none());
              balancers.balancer("stock").close();
              late.end(Outcome.SUCCESS);
              // Another thread may be at the health of the endpoints just then.
              while (tags(registry, "lb.health.endpoints", "balancer").size() > 1) {
                Thread.onSpinWait();
              }
              for (String name : names(registry)) {
                assertThat(tags(registry, name, "balancer")).as(name).containsExactly("orders");
              }
              assertThat(names(registry)).contains(ALL);
            });
    assertThat(registry.getMeters()).isEmpty();
  }

  @Test
  void noMoreEndpointsThanSaidHaveMetersOfTheirOwn() {
    Endpoint[] endpoints = new Endpoint[1000];
    for (int i = 0; i < endpoints.length; i++) {
      endpoints[i] = Endpoint.of("10.0." + i / 250 + "." + i % 250, 80);
    }
    for (String property : new String[] {"", "evenkeel.metrics.max-endpoints=7"}) {
      SimpleMeterRegistry own = new SimpleMeterRegistry();
      orders("evenkeel.services.stock.strategy=round-robin", property)
          .withBean("stock", EndpointSource.class, () -> ManualSource.of(endpoints))
          .withBean(MeterRegistry.class, () -> own)
          .run(
              context -> {
                LoadBalancers balancers = context.getBean(LoadBalancers.class);
                for (int i = 0; i < endpoints.length; i++) {
                  balancers
                      .failover("stock")
                      .<Integer>call(CallContext.idempotent(), endpoint -> 1);
                }
                int most = property.isEmpty() ? 200 : 7;
                assertThat(own.find("lb.requests").tag("balancer", "stock").timers())
                    .hasSize(most + 1);
                assertThat(own.find("lb.requests.active").tag("balancer", "stock").gauges())
                    .hasSize(most);
                assertThat(own.get("lb.requests").tag("endpoint", "other").timer().count())
                    .isEqualTo(endpoints.length - most);
              });
    }
  }

  @Test
  void howManyIsChecked() {
    orders("evenkeel.metrics.max-endpoints=10001")
        .withBean(MeterRegistry.class, () -> registry)
        .run(
            context ->
                assertThat(context)
                    .getFailure()
                    .isInstanceOfSatisfying(
                        InvalidConfigurationPropertyValueException.class,
                        failure -> {
                          assertThat(failure.getName()).isEqualTo("evenkeel.metrics.max-endpoints");
                          assertThat(failure.getValue()).isEqualTo(10001);
                          assertThat(failure.getReason()).contains("0..10000");
                        }));
    orders("evenkeel.metrics.max-endpoint=1")
        .run(context -> assertThat(context).getFailure().rootCause().hasMessageContaining("max"));
  }

  @Test
  void breakersAndLimitsOfPropertiesAreShown() {
    gatesAreShown(
        orders(
            "evenkeel.services.orders.failover.breaker.enabled=true",
            "evenkeel.services.orders.failover.limits.enabled=true"));
  }

  @Test
  void breakersAndLimitsOfCustomizersAreShown() {
    gatesAreShown(
        orders()
            .withBean(
                BalancerCustomizer.class,
                () ->
                    (service, balancer) ->
                        balancer.health(Breakers.ofDefaults(), AdaptiveLimits.ofDefaults())));
  }

  private void gatesAreShown(ApplicationContextRunner runner) {
    runner
        .withBean(MeterRegistry.class, () -> registry)
        .run(
            context -> {
              assertThat(registry.get("lb.breakers").tag("state", "closed").gauge().value())
                  .isEqualTo(2);
              assertThat(registry.get("lb.limit").tag("of", "all").gauge().value()).isPositive();
            });
    assertThat(registry.getMeters()).isEmpty();
  }
}
