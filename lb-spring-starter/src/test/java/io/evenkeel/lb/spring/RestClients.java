package io.evenkeel.lb.spring;

import static io.evenkeel.lb.spring.Contexts.inFlight;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.function.BiConsumer;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.http.client.autoconfigure.HttpClientAutoConfiguration;
import org.springframework.boot.http.client.autoconfigure.imperative.ImperativeHttpClientAutoConfiguration;
import org.springframework.boot.restclient.autoconfigure.RestClientAutoConfiguration;
import org.springframework.boot.restclient.autoconfigure.RestTemplateAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationContext;
import org.springframework.web.client.RestClient;

/** Applications with a RestClient, a RestTemplate and a service {@code orders}. */
final class RestClients {
  private RestClients() {}

  static ApplicationContextRunner runner(Backends backends, String... properties) {
    return Contexts.heardBy(backends, properties)
        .withPropertyValues("spring.http.clients.imperative.factory=jdk")
        .withConfiguration(
            AutoConfigurations.of(
                RestClientBalancingAutoConfiguration.class,
                HttpClientAutoConfiguration.class,
                ImperativeHttpClientAutoConfiguration.class,
                RestClientAutoConfiguration.class,
                RestTemplateAutoConfiguration.class));
  }

  /** Runs a test, after which nothing may be in flight. */
  static void with(int servers, String[] properties, BiConsumer<ApplicationContext, Backends> test)
      throws IOException {
    try (Backends backends = Backends.of(servers)) {
      runner(backends, backends.property())
          .withPropertyValues(properties)
          .run(
              context -> {
                assertThat(context).hasNotFailed();
                test.accept(context, backends);
                assertThat(inFlight(context)).isZero();
              });
    }
  }

  static void with(int servers, BiConsumer<ApplicationContext, Backends> test) throws IOException {
    with(servers, new String[0], test);
  }

  static RestClient client(ApplicationContext context) {
    return context.getBean(RestClient.Builder.class).build();
  }

  static RestClient.RequestBodySpec post(ApplicationContext context) {
    return client(context).post().uri("http://orders/").body("x");
  }
}
