package io.evenkeel.lb.spring;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.lb.AddressPolicy;
import io.evenkeel.lb.BalancerBuilder;
import io.evenkeel.lb.BalancerEvent;
import io.evenkeel.lb.BalancerEvent.EndpointsRefused;
import io.evenkeel.lb.BalancerListener;
import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.EndpointSet;
import io.evenkeel.lb.EndpointSource;
import io.evenkeel.lb.source.PollingSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.cloud.client.DefaultServiceInstance;
import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.discovery.DiscoveryClient;
import org.springframework.cloud.client.discovery.ReactiveDiscoveryClient;
import org.springframework.cloud.client.discovery.composite.CompositeDiscoveryClientAutoConfiguration;
import org.springframework.cloud.client.discovery.composite.reactive.ReactiveCompositeDiscoveryClientAutoConfiguration;
import org.springframework.cloud.client.discovery.simple.SimpleDiscoveryClientAutoConfiguration;
import org.springframework.cloud.client.discovery.simple.reactive.SimpleReactiveDiscoveryClientAutoConfiguration;
import org.springframework.cloud.commons.util.UtilAutoConfiguration;
import org.springframework.context.ApplicationContext;
import reactor.core.publisher.Flux;

@Timeout(60)
class DiscoveryTest {
  private static final Endpoint ONE = Endpoint.of("10.0.0.1", 80);
  private static final Endpoint TWO = Endpoint.of("10.0.0.2", 80);
  private static final AutoConfigurations SIMPLE =
      AutoConfigurations.of(
          UtilAutoConfiguration.class,
          CompositeDiscoveryClientAutoConfiguration.class,
          SimpleDiscoveryClientAutoConfiguration.class);

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
        .withConfiguration(SIMPLE)
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
  void whatARegistryNamesAtLoopbackOrTheLinkIsLeftOutAndTold() {
    Endpoint self = Endpoint.of("127.0.0.1", 80);
    Endpoint metadata = Endpoint.of("169.254.169.254", 80);
    Endpoint byName = Endpoint.of("localhost", 80);
    List<ServiceInstance> found =
        List.of(instance(ONE), instance(self), instance(metadata), instance(byName));
    Fake client = new Fake();
    client.answer.set(() -> found);
    List<EndpointsRefused> told = new CopyOnWriteArrayList<>();
    ApplicationContextRunner registry =
        runner("evenkeel.services.orders.service-id=orders")
            .withBean(DiscoveryClient.class, () -> client)
            .withBean(BalancerCustomizer.class, () -> (service, builder) -> hear(builder, told));
    registry.run(
        context -> {
          assertThat(endpoints(context)).containsExactly(ONE);
          assertThat(told)
              .containsExactly(
                  new EndpointsRefused(
                      "orders", List.of(self, metadata, byName), AddressPolicy.ROUTABLE));
        });
    registry
        .withPropertyValues("evenkeel.defaults.addresses=loopback-too")
        .run(context -> assertThat(endpoints(context)).containsExactly(ONE, self, byName));
    registry
        .withPropertyValues(
            "evenkeel.defaults.addresses=routable", "evenkeel.services.orders.addresses=any")
        .run(
            context -> assertThat(endpoints(context)).containsExactly(ONE, self, metadata, byName));
  }

  @Test
  void theSettingCoversFilesNamesAndBeansButNotWhatPropertiesList(@TempDir Path directory)
      throws IOException {
    Path file = Files.writeString(directory.resolve("orders"), "10.0.0.1:80\n127.0.0.1:80\n");
    Endpoint self = Endpoint.of("127.0.0.1", 80);
    EndpointSource bean = PollingSource.of(() -> EndpointSet.of(ONE, self));
    String loopback = "evenkeel.defaults.addresses=loopback-too";
    String routable = "evenkeel.defaults.addresses=routable";
    ApplicationContextRunner files = runner("evenkeel.services.orders.file=" + file);
    files.run(context -> assertThat(endpoints(context)).containsExactly(ONE));
    files
        .withPropertyValues(loopback)
        .run(context -> assertThat(endpoints(context)).containsExactly(ONE, self));
    ApplicationContextRunner beans = runner().withBean("orders", EndpointSource.class, () -> bean);
    beans.run(context -> assertThat(endpoints(context)).containsExactly(ONE));
    beans
        .withPropertyValues(loopback)
        .run(context -> assertThat(endpoints(context)).containsExactly(ONE, self));
    ApplicationContextRunner names = runner("evenkeel.services.orders.dns=localhost:80");
    names.run(context -> assertThat(endpoints(context)).contains(self));
    names
        .withPropertyValues(routable, "evenkeel.start-timeout=1ms")
        .run(context -> assertThat(endpoints(context)).isEmpty());
    runner("evenkeel.services.orders.endpoints=127.0.0.1:80", routable)
        .run(context -> assertThat(endpoints(context)).containsExactly(self));
  }

  private static void hear(BalancerBuilder builder, List<EndpointsRefused> told) {
    builder.listener(
        new BalancerListener() {
          @Override
          public void onEvent(BalancerEvent event) {
            if (event instanceof EndpointsRefused refused) {
              told.add(refused);
            }
          }
        });
  }

  /** As on a developer's machine; blocking clients alone, reactive ones alone, and both. */
  @ParameterizedTest
  @CsvSource({"true, true", "true, false", "false, true"})
  void whatTheApplicationsOwnPropertiesListMayBeAtLoopback(boolean blocking, boolean reactive) {
    String simple = "spring.cloud.discovery.client.simple.instances.orders";
    Fake registry = new Fake();
    registry.answer.set(() -> List.of(instance(Endpoint.of("127.0.0.1", 99)), instance(ONE)));
    ApplicationContextRunner runner =
        runner(
                "evenkeel.discovery.services=orders",
                simple + "[0].uri=http://localhost:8080",
                simple + "[1].uri=http://127.0.0.1:8081",
                "spring.cloud.discovery.blocking.enabled=" + blocking,
                "spring.cloud.discovery.reactive.enabled=" + reactive)
            .withConfiguration(SIMPLE)
            .withConfiguration(
                AutoConfigurations.of(
                    ReactiveCompositeDiscoveryClientAutoConfiguration.class,
                    SimpleReactiveDiscoveryClientAutoConfiguration.class));
    runner.run(
        context ->
            assertThat(endpoints(context))
                .extracting(Endpoint::authority)
                .containsExactly("127.0.0.1:8081", "localhost:8080"));
    if (blocking) {
      runner
          .withPropertyValues("spring.cloud.discovery.client.simple.order=5")
          .withBean("registry", DiscoveryClient.class, () -> registry)
          .run(context -> assertThat(endpoints(context)).containsExactly(ONE));
    }
  }

  /** What is listed is not judged; what a registry knows of the same service is, and is told. */
  @Test
  void oneListedInstanceLeavesTheOthersJudged() {
    Endpoint listed = Endpoint.of("localhost", 8080);
    Endpoint named = Endpoint.of("pretender.example", 80);
    Endpoint self = Endpoint.of("127.0.0.1", 99);
    Fake registry = new Fake();
    registry.answer.set(() -> List.of(instance(listed), instance(named), instance(self)));
    List<EndpointsRefused> told = new CopyOnWriteArrayList<>();
    runner(
            "evenkeel.discovery.services=orders",
            "spring.cloud.discovery.client.simple.instances.orders[0].uri=http://localhost:8080",
            "spring.cloud.discovery.client.simple.order=5")
        .withConfiguration(SIMPLE)
        .withBean("registry", DiscoveryClient.class, () -> registry)
        .withBean(BalancerCustomizer.class, () -> (service, builder) -> hear(builder, told))
        .run(
            context -> {
              assertThat(endpoints(context)).containsExactly(listed, named);
              assertThat(context.getBean(LoadBalancers.class).balancer("orders").nodes())
                  .extracting(node -> node.addresses(node.endpoint()))
                  .containsExactly(AddressPolicy.ANY, AddressPolicy.ROUTABLE);
              assertThat(told)
                  .containsExactly(
                      new EndpointsRefused("orders", List.of(self), AddressPolicy.ROUTABLE));
            });
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
