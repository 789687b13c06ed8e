package io.evenkeel.lb.spring.cloud;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.lb.spring.Backends;
import java.io.IOException;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.cloud.client.loadbalancer.LoadBalanced;
import org.springframework.cloud.loadbalancer.core.RoundRobinLoadBalancer;
import org.springframework.cloud.loadbalancer.support.LoadBalancerClientFactory;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.client.RestClient;
import org.springframework.web.reactive.function.client.WebClient;

/** One application of Spring Cloud, with Evenkeel and without. */
@Timeout(120)
class SameApplicationTest {
  @Configuration(proxyBeanMethods = false)
  @EnableAutoConfiguration
  static class Shop {
    @Bean
    @LoadBalanced
    RestClient.Builder restClient() {
      return RestClient.builder();
    }

    @Bean
    @LoadBalanced
    WebClient.Builder webClient() {
      return WebClient.builder();
    }

    @Bean
    Prices prices(RestClient.Builder restClient, WebClient.Builder webClient) {
      return new Prices(restClient.build(), webClient.build());
    }
  }

  record Prices(RestClient blocking, WebClient reactive) {
    List<String> of(int id) {
      String uri = "http://stock/" + id;
      return List.of(
          Objects.requireNonNull(blocking.get().uri(uri).retrieve().body(String.class)),
          Objects.requireNonNull(
              reactive.get().uri(uri).retrieve().bodyToMono(String.class).block()));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "evenkeel.enabled=false, false",
    "evenkeel.spring-cloud.enabled=false, false",
    "evenkeel.spring-cloud.enabled=true, true"
  })
  void itCallsTheSameInstances(String property, boolean ours) throws IOException {
    try (Backends backends = Backends.of(3)) {
      new ApplicationContextRunner()
          .withUserConfiguration(Shop.class)
          .withPropertyValues(backends.asInstances("stock"))
          .withPropertyValues(property)
          .run(
              context -> {
                assertThat(context).hasNotFailed();
                for (int i = 0; i < 15; i++) {
                  assertThat(context.getBean(Prices.class).of(i)).containsExactly("ok", "ok");
                }
                assertThat(backends.requests).hasValue(30);
                assertThat(backends.portsReached()).hasSize(3);
                Class<?> expected =
                    ours ? EvenkeelLoadBalancer.class : RoundRobinLoadBalancer.class;
                assertThat(context.getBean(LoadBalancerClientFactory.class).getInstance("stock"))
                    .isInstanceOf(expected);
              });
    }
  }
}
