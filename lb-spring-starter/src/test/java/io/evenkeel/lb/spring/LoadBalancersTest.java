package io.evenkeel.lb.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.EndpointSource;
import io.evenkeel.lb.NoEndpointException;
import io.evenkeel.lb.RequestContext;
import io.evenkeel.lb.Strategy;
import io.evenkeel.lb.health.HealthRegistry;
import io.evenkeel.lb.strategy.RoundRobin;
import io.evenkeel.lb.testkit.ManualSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.springframework.boot.test.context.FilteredClassLoader;

class LoadBalancersTest {
  @Test
  void nothingHasToBeSetButEndpoints() {
    Contexts.orders()
        .run(
            context -> {
              LoadBalancers balancers = context.getBean(LoadBalancers.class);
              assertThat(balancers.names()).containsExactly("orders");
              assertThat(balancers.balancer("orders").endpoints().endpoints())
                  .containsExactly(Endpoint.of("10.0.0.1", 8080), Endpoint.of("10.0.0.2", 8080));
              assertThat(balancers.balancer("orders").toString())
                  .contains("IdleFirst", "Health[")
                  .doesNotContain("Breakers");
              assertThat(balancers.failover("ORDERS").balancer())
                  .isSameAs(balancers.balancer("orders"));
              assertThat(context.getBean(HealthRegistry.class).endpoints("orders")).hasSize(2);
              assertThatThrownBy(() -> balancers.balancer("order"))
                  .hasMessage("name: order (expected: one of [orders])");
            });
  }

  @Test
  void anApplicationWithoutServicesStarts() {
    Contexts.runner()
        .run(context -> assertThat(context.getBean(LoadBalancers.class).names()).isEmpty());
  }

  @Test
  void itCanBeSwitchedOff() {
    Contexts.orders("evenkeel.enabled=false")
        .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(LoadBalancers.class));
  }

  @Test
  void endpointsHaveFacts() {
    Contexts.runner(
            "evenkeel.services.orders.endpoints[0]=10.0.0.1:8080 weight=2 zone=a priority=1 rack=17",
            "evenkeel.services.orders.endpoints[1]=https://b.example",
            "evenkeel.services.orders.endpoints[2]=http://[2001:db8::1]:81/")
        .run(
            context ->
                assertThat(
                        context
                            .getBean(LoadBalancers.class)
                            .balancer("orders")
                            .endpoints()
                            .endpoints())
                    .containsExactlyInAnyOrder(
                        Endpoint.builder("10.0.0.1", 8080)
                            .weight(2)
                            .zone("a")
                            .priority(1)
                            .metadata("rack", "17")
                            .build(),
                        Endpoint.builder("b.example", 443).secure(true).build(),
                        Endpoint.of("2001:db8::1", 81)));
  }

  @Test
  void whatAServiceDoesNotSayIsAsInTheDefaults() {
    Contexts.orders(
            "evenkeel.services.users.endpoints=10.0.0.3:80",
            "evenkeel.defaults.strategy=maglev",
            "evenkeel.defaults.strategy-options.slots=251",
            "evenkeel.services.users.strategy=least-requests",
            "evenkeel.defaults.failover.deadline=3s",
            "evenkeel.defaults.failover.attempts=5",
            "evenkeel.services.users.failover.deadline=1s")
        .run(
            context -> {
              LoadBalancers balancers = context.getBean(LoadBalancers.class);
              assertThat(balancers.balancer("orders").toString()).contains("Maglev[slots=251");
              assertThat(balancers.failover("orders").toString())
                  .contains("deadline PT3S", "at most 5 attempts");
              assertThat(balancers.balancer("users").toString()).contains("LeastLoad");
              assertThat(balancers.failover("users").toString())
                  .contains("deadline PT1S", "at most 5 attempts");
            });
  }

  @Test
  void beansComeBeforeProperties() {
    Endpoint other = Endpoint.of("10.9.9.9", 99);
    List<String> customized = new ArrayList<>();
    Contexts.orders("evenkeel.services.orders.strategy=mine")
        .withBean("orders", EndpointSource.class, () -> EndpointSource.of(other))
        .withBean("users", EndpointSource.class, () -> EndpointSource.of(other))
        .withBean("mine", Strategy.class, RoundRobin::of)
        .withBean(
            BalancerCustomizer.class,
            () ->
                (service, balancer) -> {
                  customized.add(service);
                  balancer.panicThreshold(0);
                })
        .withBean(
            FailoverCustomizer.class,
            () -> (service, failover) -> failover.deadline(java.time.Duration.ofSeconds(7)))
        .run(
            context -> {
              LoadBalancers balancers = context.getBean(LoadBalancers.class);
              assertThat(balancers.names()).containsExactly("orders", "users");
              assertThat(balancers.balancer("orders").endpoints().endpoints())
                  .containsExactly(other);
              assertThat(balancers.balancer("orders").toString()).contains("RoundRobin");
              assertThat(balancers.failover("users").toString()).contains("deadline PT7S");
              assertThat(customized).containsExactly("orders", "users");
            });
  }

  @Test
  void balancersAreClosedWithTheContextAndLeaveNothingBehind() {
    AtomicReference<Balancer> kept = new AtomicReference<>();
    ManualSource source = ManualSource.of(Endpoint.of("10.0.0.1", 80));
    Contexts.runner()
        .withBean("orders", EndpointSource.class, () -> source)
        .run(
            context -> {
              kept.set(context.getBean(LoadBalancers.class).balancer("orders"));
              assertThat(source.subscribers()).isEqualTo(1);
            });
    assertThat(source.subscribers()).isZero();
    assertThatThrownBy(() -> kept.get().select(RequestContext.none()))
        .isInstanceOf(NoEndpointException.class);
  }

  @Test
  void aServiceThatCannotBeMadeClosesThoseBefore() {
    ManualSource source = ManualSource.of(Endpoint.of("10.0.0.1", 80));
    Contexts.runner("evenkeel.services.users.strategy=maglev")
        .withBean("orders", EndpointSource.class, () -> source)
        .run(context -> assertThat(context).hasFailed());
    assertThat(source.subscribers()).isZero();
  }

  @Test
  void itStartsWithoutAnythingThatIsOptional() {
    Contexts.orders("evenkeel.services.orders.health.check.type=tcp")
        .withClassLoader(
            new FilteredClassLoader(
                "org.springframework.web",
                "org.springframework.http",
                "org.springframework.boot.restclient",
                "org.springframework.boot.webclient",
                "org.springframework.cloud",
                "io.evenkeel.lb.okhttp",
                "io.evenkeel.lb.micrometer",
                "io.micrometer",
                "okhttp3",
                "reactor"))
        .run(
            context ->
                assertThat(context.getBean(LoadBalancers.class).names()).containsExactly("orders"));
  }
}
