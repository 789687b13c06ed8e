package io.evenkeel.lb.spring.cloud;

import static io.evenkeel.lb.spring.cloud.Apps.runner;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evenkeel.lb.BalancerEvent;
import io.evenkeel.lb.spring.Backends;
import io.evenkeel.lb.spring.Changing;
import io.evenkeel.lb.spring.LoadBalancers;
import io.evenkeel.lb.spring.cloud.Apps.Client;
import java.net.URI;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.cloud.client.DefaultServiceInstance;
import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.loadbalancer.reactive.ReactiveLoadBalancer;
import org.springframework.cloud.loadbalancer.annotation.LoadBalancerClient;
import org.springframework.cloud.loadbalancer.core.ReactorLoadBalancer;
import org.springframework.cloud.loadbalancer.core.RoundRobinLoadBalancer;
import org.springframework.cloud.loadbalancer.core.ServiceInstanceListSupplier;
import org.springframework.cloud.loadbalancer.support.LoadBalancerClientFactory;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;
import reactor.core.publisher.Flux;

/** Services of which no {@code evenkeel} property and no bean says anything. */
@Timeout(120)
class UnnamedServicesTest {
  private static ReactiveLoadBalancer<ServiceInstance> balancer(
      ApplicationContext context, String service) {
    return context.getBean(LoadBalancerClientFactory.class).getInstance(service);
  }

  private static List<String> closed(Backends backends) {
    return backends.events.stream()
        .filter(BalancerEvent.Closed.class::isInstance)
        .map(BalancerEvent::balancer)
        .toList();
  }

  @ParameterizedTest
  @EnumSource
  void theyAreBalancedOverDiscoveryAsTheDefaultsSay(Client client) throws Exception {
    try (Backends backends = Backends.of(3)) {
      runner(backends, backends.asInstances("Stock"))
          .withPropertyValues("evenkeel.defaults.strategy=round-robin")
          .run(
              context -> {
                for (int i = 0; i < 30; i++) {
                  assertThat(client.get(context, "http://Stock/1")).isEqualTo("ok");
                }
                assertThat(context.getBean(LoadBalancers.class).names()).isEmpty();
                assertThat(backends.servers)
                    .allSatisfy(server -> assertThat(server.getRequestCount()).isEqualTo(10));
                assertThat(backends.outcomes).hasSize(30);
                assertThat(closed(backends)).isEmpty();
              });
      assertThat(closed(backends)).containsExactly("stock");
    }
  }

  @ParameterizedTest
  @EnumSource
  void theyFollowTheDefaults(Client client) throws Exception {
    try (Backends servers = Backends.of(3)) {
      Changing properties = Changing.of("evenkeel.defaults.strategy=round-robin");
      properties
          .in(runner(servers, servers.asInstances("stock")))
          .run(
              context -> {
                assertThat(client.get(context, "http://stock/1")).isEqualTo("ok");
                LoadBalancers balancers = context.getBean(LoadBalancers.class);
                properties.set("evenkeel.defaults.strategy=best");
                assertThatThrownBy(balancers::refresh)
                    .hasMessageContaining("evenkeel.defaults.strategy");
                assertThat(client.get(context, "http://stock/1")).isEqualTo("ok");
                assertThat(closed(servers)).isEmpty();

                properties.set("evenkeel.defaults.strategy=random");
                assertThat(balancers.refresh())
                    .containsExactly(
                        "stock: strategy from round-robin to random (another balancer)");
                assertThat(closed(servers)).containsExactly("stock");
                for (int i = 0; i < 8; i++) {
                  assertThat(client.get(context, "http://stock/1")).isEqualTo("ok");
                }
                assertThat(servers.outcomes).hasSize(10);
              });
      assertThat(closed(servers)).containsExactly("stock", "stock");
    }
  }

  @Test
  void aServiceThatNobodyKnowsHasNoInstance() throws Exception {
    try (Backends backends = Backends.of(0)) {
      runner(backends, "evenkeel.start-timeout=200ms")
          .run(
              context -> {
                for (Client client : Client.values()) {
                  assertThatThrownBy(() -> client.get(context, "http://nowhere/"))
                      .hasMessageMatching(".*(No instances available|503).*");
                }
              });
    }
  }

  @Configuration(proxyBeanMethods = false)
  @LoadBalancerClient(name = "stock", configuration = OwnList.class)
  static class WithOwnList {}

  static class OwnList {
    @Bean
    ServiceInstanceListSupplier own(Environment environment) {
      ServiceInstance instance =
          new DefaultServiceInstance(
              "one",
              "stock",
              "127.0.0.1",
              environment.getRequiredProperty("port.of.stock", Integer.class),
              false);
      return new ServiceInstanceListSupplier() {
        @Override
        public String getServiceId() {
          return "stock";
        }

        @Override
        public Flux<List<ServiceInstance>> get() {
          return Flux.just(List.of(instance));
        }
      };
    }
  }

  @ParameterizedTest
  @EnumSource
  void anApplicationsOwnListIsUsed(Client client) throws Exception {
    try (Backends backends = Backends.of(1)) {
      runner(
              backends,
              "port.of.stock=" + backends.servers.get(0).getPort(),
              "evenkeel.defaults.addresses=loopback-too")
          .withUserConfiguration(WithOwnList.class)
          .run(
              context -> {
                assertThat(client.get(context, "http://stock/1")).isEqualTo("ok");
                assertThat(backends.outcomes).hasSize(1);
              });
    }
  }

  @Configuration(proxyBeanMethods = false)
  @LoadBalancerClient(name = "stock", configuration = OwnBalancer.class)
  static class WithOwnBalancer {}

  static class OwnBalancer {
    @Bean
    ReactorLoadBalancer<ServiceInstance> own(
        Environment environment, LoadBalancerClientFactory clients) {
      return new RoundRobinLoadBalancer(
          clients.getLazyProvider("stock", ServiceInstanceListSupplier.class), "stock", 0);
    }
  }

  @Test
  void anApplicationsOwnBalancerStays() throws Exception {
    try (Backends backends = Backends.of(1)) {
      runner(backends, backends.asInstances("stock"))
          .withUserConfiguration(WithOwnBalancer.class)
          .run(
              context -> {
                assertThat(balancer(context, "stock")).isInstanceOf(RoundRobinLoadBalancer.class);
                assertThat(balancer(context, "other")).isInstanceOf(EvenkeelLoadBalancer.class);
                assertThat(Client.REST_CLIENT.get(context, "http://stock/1")).isEqualTo("ok");
                assertThat(backends.outcomes).isEmpty();
              });
    }
  }

  @Test
  void theInstanceHasTheFactsOfDiscovery() throws Exception {
    try (Backends backends = Backends.of(1)) {
      runner(backends, backends.asInstances("stock"))
          .withPropertyValues(
              Backends.instance("stock", 0, "metadata.zone=a"),
              Backends.instance("stock", 0, "metadata.rack=7"))
          .run(
              context -> {
                ServiceInstance instance =
                    context
                        .getBean(
                            org.springframework.cloud.client.loadbalancer.LoadBalancerClient.class)
                        .choose("stock");
                assertThat(instance.getServiceId()).isEqualTo("stock");
                assertThat(instance.getUri())
                    .isEqualTo(URI.create("http://" + backends.address(0)));
                assertThat(instance.getMetadata())
                    .containsEntry("zone", "a")
                    .containsEntry("rack", "7");
              });
    }
  }
}
