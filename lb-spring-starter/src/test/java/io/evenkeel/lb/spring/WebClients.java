package io.evenkeel.lb.spring;

import static io.evenkeel.lb.spring.Contexts.await;
import static io.evenkeel.lb.spring.Contexts.inFlight;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.function.BiConsumer;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.http.client.autoconfigure.HttpClientAutoConfiguration;
import org.springframework.boot.http.client.autoconfigure.reactive.ReactiveHttpClientAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.webclient.autoconfigure.WebClientAutoConfiguration;
import org.springframework.context.ApplicationContext;
import org.springframework.web.reactive.function.client.WebClient;

/** Applications with a WebClient and a service {@code orders}. */
final class WebClients {
  private WebClients() {}

  static ApplicationContextRunner runner(Backends backends, String... properties) {
    return Contexts.heardBy(backends, properties)
        .withConfiguration(
            AutoConfigurations.of(
                SharedLoops.class,
                WebClientBalancingAutoConfiguration.class,
                HttpClientAutoConfiguration.class,
                ReactiveHttpClientAutoConfiguration.class,
                WebClientAutoConfiguration.class));
  }

  /**
   * Runs a test, and waits until nothing is in flight any more.
   *
   * @param connector {@code reactor} or {@code jdk}
   */
  static void with(
      String connector,
      int servers,
      String[] properties,
      BiConsumer<ApplicationContext, Backends> test)
      throws IOException {
    try (Backends backends = Backends.of(servers)) {
      runner(backends, backends.property(), "spring.http.clients.reactive.connector=" + connector)
          .withPropertyValues(properties)
          .run(
              context -> {
                assertThat(context).hasNotFailed();
                test.accept(context, backends);
                await(() -> inFlight(context) == 0);
              });
    }
  }

  static void with(String connector, int servers, BiConsumer<ApplicationContext, Backends> test)
      throws IOException {
    with(connector, servers, new String[0], test);
  }

  static WebClient client(ApplicationContext context) {
    return context.getBean(WebClient.Builder.class).build();
  }

  static String get(ApplicationContext context) {
    return requireNonNull(
        client(context).get().uri("http://orders/").retrieve().bodyToMono(String.class).block());
  }

  static WebClient.RequestHeadersSpec<?> post(ApplicationContext context) {
    return client(context).post().uri("http://orders/").bodyValue("x");
  }

  static void send(WebClient.RequestHeadersSpec<?> request) {
    request.retrieve().toBodilessEntity().block();
  }
}
