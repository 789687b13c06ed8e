package io.evenkeel.lb.spring;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.lb.Endpoint;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.cloud.client.DefaultServiceInstance;
import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.discovery.DiscoveryClient;
import org.springframework.cloud.client.discovery.ReactiveDiscoveryClient;
import org.springframework.cloud.client.discovery.composite.CompositeDiscoveryClientAutoConfiguration;
import org.springframework.cloud.client.discovery.simple.SimpleDiscoveryClientAutoConfiguration;
import org.springframework.cloud.commons.util.UtilAutoConfiguration;
import org.springframework.context.ApplicationContext;
import reactor.core.publisher.Flux;

@Timeout(60)
class DiscoveryTest {
  private static final Endpoint ONE = Endpoint.of("10.0.0.1", 80);
  private static final Endpoint TWO = Endpoint.of("10.0.0.2", 80);

  private static ApplicationContextRunner runner(String... properties) {
    return Contexts.runner(properties)
        .withPropertyValues("evenkeel.start-timeout=20s")
        .withConfiguration(AutoConfigurations.of(DiscoveryAutoConfiguration.class));
  }

  private static List<Endpoint> endpoints(ApplicationContext context) {
    return context.getBean(LoadBalancers.class).balancer("orders").endpoints().endpoints();
  }

  private static ServiceInstance instance(Endpoint endpoint, String... metadata) {
    Map<String, String> facts = metadata.length == 0 ? Map.of() : Map.of(metadata[0], metadata[1]);
    return new DefaultServiceInstance(
        "id", "orders", endpoint.host(), endpoint.port(), false, facts);
  }

  @Test
  void instancesOfSpringsOwnClientsAreEndpointsWithTheirFacts() {
    String simple = "spring.cloud.discovery.client.simple.instances.ORDERS";
    runner(
            "evenkeel.services.orders.service-id=ORDERS",
            simple + "[0].uri=http://10.0.0.1:8080",
            simple + "[0].metadata.zone=a",
            simple + "[0].metadata.weight=2.5",
            simple + "[0].metadata.priority=1",
            simple + "[0].metadata.rack=17",
            simple + "[1].uri=https://b.example:8443")
        .withConfiguration(
            AutoConfigurations.of(
                UtilAutoConfiguration.class,
                CompositeDiscoveryClientAutoConfiguration.class,
                SimpleDiscoveryClientAutoConfiguration.class))
        .run(
            context ->
                assertThat(endpoints(context))
                    .containsExactlyInAnyOrder(
                        Endpoint.builder("10.0.0.1", 8080)
                            .zone("a")
                            .weight(2.5)
                            .priority(1)
                            .metadata("rack", "17")
                            .build(),
                        Endpoint.builder("b.example", 8443).secure(true).build()));
  }

  @Test
  void changesAreFoundAndTheLastGoodSetIsKept() {
    Fake client = new Fake();
    client.answer.set(() -> List.of(instance(ONE)));
    runner("evenkeel.discovery.services=orders", "evenkeel.discovery.interval=5ms")
        .withBean(DiscoveryClient.class, () -> client)
        .run(
            context -> {
              assertThat(endpoints(context)).containsExactly(ONE);
              client.answer.set(() -> List.of(instance(ONE), instance(TWO)));
              await(() -> endpoints(context).size() == 2);
              client.answer.set(List::of);
              client.awaitAnswers(3);
              assertThat(endpoints(context)).containsExactly(ONE, TWO);
              client.answer.set(
                  () -> {
                    throw new IllegalStateException("registry is down");
                  });
              client.awaitAnswers(1);
              assertThat(endpoints(context)).containsExactly(ONE, TWO);
            });
  }

  @Test
  void aReactiveClientIsAskedWhereTheOtherKnowsNothing() {
    ReactiveDiscoveryClient reactive =
        new ReactiveDiscoveryClient() {
          @Override
          public String description() {
            return "fake";
          }

          @Override
          public Flux<ServiceInstance> getInstances(String serviceId) {
            return serviceId.equals("orders") ? Flux.just(instance(TWO)) : Flux.empty();
          }

          @Override
          public Flux<String> getServices() {
            return Flux.just("orders");
          }
        };
    runner("evenkeel.discovery.services=orders")
        .withBean(ReactiveDiscoveryClient.class, () -> reactive)
        .run(context -> assertThat(endpoints(context)).containsExactly(TWO));
    runner("evenkeel.discovery.services=orders")
        .withBean(ReactiveDiscoveryClient.class, () -> reactive)
        .withBean(DiscoveryClient.class, Fake::new)
        .run(context -> assertThat(endpoints(context)).containsExactly(TWO));
  }

  @Test
  void oneBadInstanceDoesNotHideTheOthers() {
    assertThat(
            Instances.endpoints(
                    List.of(
                        instance(ONE, "weight", "heavy"),
                        instance(ONE, "weight", "3"),
                        instance(TWO, "zone", " "),
                        new DefaultServiceInstance("id", "orders", "", 80, false),
                        new DefaultServiceInstance("id", "orders", "10.0.0.3", 0, false)))
                .endpoints())
        .containsExactly(ONE, TWO);
  }

  @Test
  void whatPropertiesSayComesFirst() {
    Fake client = new Fake();
    client.answer.set(() -> List.of(instance(TWO)));
    runner("evenkeel.services.orders.endpoints=10.0.0.1:80")
        .withBean(DiscoveryClient.class, () -> client)
        .run(context -> assertThat(endpoints(context)).containsExactly(ONE));
    assertThat(client.asked).hasValue(0);
  }

  @Test
  void withoutDiscoveryEndpointsHaveToBeSaid() {
    String service = "evenkeel.discovery.services=orders";
    String expected = "evenkeel.services.orders.endpoints: not set (expected: at least one";
    runner(service)
        .run(context -> assertThat(context.getStartupFailure()).hasStackTraceContaining(expected));
    runner(service, "evenkeel.discovery.enabled=false")
        .withBean(DiscoveryClient.class, Fake::new)
        .run(context -> assertThat(context.getStartupFailure()).hasStackTraceContaining(expected));
    for (String missing : List.of("org.springframework.cloud", "reactor")) {
      runner("evenkeel.services.orders.endpoints=10.0.0.1:80")
          .withClassLoader(new FilteredClassLoader(missing))
          .run(context -> assertThat(endpoints(context)).containsExactly(ONE));
    }
  }

  private static void await(Supplier<Boolean> condition) {
    long begin = System.nanoTime();
    while (!condition.get()) {
      assertThat(System.nanoTime() - begin).as("waited").isLessThan(30_000_000_000L);
      Thread.onSpinWait();
    }
  }

  private static final class Fake implements DiscoveryClient {
    final AtomicReference<Supplier<List<ServiceInstance>>> answer = new AtomicReference<>(List::of);
    final AtomicInteger asked = new AtomicInteger();

    void awaitAnswers(int more) {
      int before = asked.get();
      await(() -> asked.get() >= before + more + 1);
    }

    @Override
    public String description() {
      return "fake";
    }

    @Override
    public List<ServiceInstance> getInstances(String serviceId) {
      asked.incrementAndGet();
      return answer.get().get();
    }

    @Override
    public List<String> getServices() {
      return List.of();
    }
  }
}
