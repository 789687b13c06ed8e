package io.evenkeel.lb.spring;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.lb.Node;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.function.BiConsumer;
import java.util.function.BooleanSupplier;
import mockwebserver3.MockResponse;
import mockwebserver3.SocketEffect;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.http.client.autoconfigure.HttpClientAutoConfiguration;
import org.springframework.boot.http.client.autoconfigure.reactive.ReactiveHttpClientAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.webclient.autoconfigure.WebClientAutoConfiguration;
import org.springframework.context.ApplicationContext;
import org.springframework.web.reactive.function.client.WebClient;

/** Applications with a WebClient and a service {@code orders}. */
final class WebClients {
  static final MockResponse RESET =
      new MockResponse.Builder().onResponseStart(new SocketEffect.CloseSocket()).build();
  static final MockResponse NO_ANSWER =
      new MockResponse.Builder().onResponseStart(SocketEffect.Stall.INSTANCE).build();

  private WebClients() {}

  static ApplicationContextRunner runner(Backends backends, String... properties) {
    return Contexts.runner(properties)
        .withPropertyValues("evenkeel.defaults.failover.budget.type=unlimited")
        .withBean(
            BalancerCustomizer.class, () -> (service, balancer) -> balancer.listener(backends))
        .withConfiguration(
            AutoConfigurations.of(
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

  static int inFlight(ApplicationContext context) {
    return context.getBean(LoadBalancers.class).balancer("orders").nodes().stream()
        .mapToInt(Node::inFlight)
        .sum();
  }

  static int closedPort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  static void await(BooleanSupplier condition) {
    long begin = System.nanoTime();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime() - begin).as("waited").isLessThan(30_000_000_000L);
      Thread.onSpinWait();
    }
  }
}
