package io.evenkeel.lb.spring.cloud;

import static io.evenkeel.lb.spring.Contexts.inFlight;
import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.spring.Backends;
import io.evenkeel.lb.spring.BalancerCustomizer;
import io.evenkeel.lb.spring.Contexts;
import io.evenkeel.lb.spring.SecondChoice;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.restclient.RestTemplateBuilder;
import org.springframework.boot.restclient.autoconfigure.RestClientBuilderConfigurer;
import org.springframework.boot.restclient.autoconfigure.RestTemplateBuilderConfigurer;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.webclient.WebClientCustomizer;
import org.springframework.cloud.client.loadbalancer.LoadBalanced;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.Ordered;
import org.springframework.web.client.RestClient;
import org.springframework.web.client.RestTemplate;
import org.springframework.web.reactive.function.client.WebClient;
import org.springframework.web.reactive.function.client.support.WebClientHttpServiceGroupConfigurer;
import org.springframework.web.service.annotation.GetExchange;
import org.springframework.web.service.registry.HttpServiceGroup;
import org.springframework.web.service.registry.HttpServiceGroupConfigurer;
import org.springframework.web.service.registry.ImportHttpServices;
import reactor.core.publisher.Mono;

/** Clients that both Spring Cloud and Evenkeel would balance. */
@Timeout(120)
class OneChoiceTest {
  @Configuration(proxyBeanMethods = false)
  @EnableAutoConfiguration
  @ImportHttpServices(group = "localhost", types = Service.class)
  @ImportHttpServices(
      group = "Localhost",
      types = ReactiveService.class,
      clientType = HttpServiceGroup.ClientType.WEB_CLIENT)
  static class App {
    @Bean
    @LoadBalanced
    RestClient.Builder restClient(RestClientBuilderConfigurer configurer) {
      return configurer.configure(RestClient.builder());
    }

    @Bean
    @LoadBalanced
    RestTemplate restTemplate(RestTemplateBuilderConfigurer configurer) {
      return configurer.configure(new RestTemplateBuilder()).build();
    }

    @Bean
    @LoadBalanced
    RestTemplateBuilder restTemplateBuilder(RestTemplateBuilderConfigurer configurer) {
      return configurer.configure(new RestTemplateBuilder());
    }

    @Bean
    @LoadBalanced
    WebClient.Builder webClient(ObjectProvider<WebClientCustomizer> customizers) {
      WebClient.Builder builder = WebClient.builder();
      customizers.orderedStream().forEach(each -> each.customize(builder));
      return builder;
    }

    /** Stands for any filter of the starter. */
    @Bean
    WebClientCustomizer second() {
      return client -> client.filter(new SecondChoice());
    }

    @Bean
    WebClientHttpServiceGroupConfigurer secondInGroups() {
      return new WebClientHttpServiceGroupConfigurer() {
        @Override
        public void configureGroups(HttpServiceGroupConfigurer.Groups<WebClient.Builder> groups) {
          groups.forEachClient((group, client) -> client.filter(new SecondChoice()));
        }

        @Override
        public int getOrder() {
          return Ordered.LOWEST_PRECEDENCE - 1;
        }
      };
    }

    @Bean
    RestClient.Builder plain(RestClientBuilderConfigurer configurer) {
      return configurer.configure(RestClient.builder());
    }
  }

  interface Service {
    @GetExchange("/1")
    String get();
  }

  interface ReactiveService {
    @GetExchange("/1")
    Mono<String> get();
  }

  private enum Client {
    REST_CLIENT,
    WEB_CLIENT,
    REACTIVE_SERVICE,
    REST_TEMPLATE,
    REST_TEMPLATE_BUILDER,
    SERVICE,
    NOT_LOAD_BALANCED;

    String get(ApplicationContext context) {
      String uri = "http://localhost/1";
      String answer =
          switch (this) {
            case REST_CLIENT -> get(context, "restClient", uri);
            case REST_TEMPLATE ->
                context.getBean("restTemplate", RestTemplate.class).getForObject(uri, String.class);
            case REST_TEMPLATE_BUILDER ->
                context
                    .getBean("restTemplateBuilder", RestTemplateBuilder.class)
                    .build()
                    .getForObject(uri, String.class);
            case WEB_CLIENT ->
                context
                    .getBean("webClient", WebClient.Builder.class)
                    .build()
                    .get()
                    .uri(uri)
                    .retrieve()
                    .bodyToMono(String.class)
                    .block();
            case REACTIVE_SERVICE -> context.getBean(ReactiveService.class).get().block();
            case SERVICE -> context.getBean(Service.class).get();
            case NOT_LOAD_BALANCED -> get(context, "plain", uri);
          };
      return answer == null ? "" : answer;
    }

    private static @Nullable String get(ApplicationContext context, String name, String uri) {
      return context
          .getBean(name, RestClient.Builder.class)
          .build()
          .get()
          .uri(uri)
          .retrieve()
          .body(String.class);
    }
  }

  /** The service has the name of a host, so that a second choice would find it again. */
  @ParameterizedTest
  @ValueSource(strings = {"localhost", "127.0.0.1"})
  void aRequestIsChosenForOnce(String host) throws IOException {
    try (Backends backends = Backends.of(2)) {
      new ApplicationContextRunner()
          .withUserConfiguration(App.class)
          .withBean(
              BalancerCustomizer.class, () -> (service, balancer) -> balancer.listener(backends))
          .withPropertyValues(Contexts.quick())
          .withPropertyValues(
              "evenkeel.services.localhost.endpoints="
                  + (backends.address(0) + ',' + backends.address(1)).replace("127.0.0.1", host))
          .run(
              context -> {
                assertThat(context).hasNotFailed();
                int[] most = new int[1];
                backends.answers(
                    (number, request) -> {
                      most[0] = Math.max(most[0], inFlight(context, "localhost"));
                      return Backends.ok();
                    });
                for (Client client : Client.values()) {
                  backends.outcomes.clear();
                  for (int i = 0; i < 10; i++) {
                    assertThat(client.get(context)).as(client.name()).isEqualTo("ok");
                  }
                  assertThat(backends.outcomes)
                      .as("choices of " + client)
                      .hasSize(10)
                      .containsOnly(Outcome.SUCCESS);
                }
                assertThat(most[0]).as("in flight at once").isEqualTo(1);
                assertThat(inFlight(context, "localhost")).isZero();
              });
    }
  }
}
