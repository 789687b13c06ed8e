package io.evenkeel.lb.spring;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.lb.Node;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationContext;

/**
 * Applications with nothing but what is auto-configured here, and what tests want to know of any.
 */
public final class Contexts {
  private static final Duration LONGEST = Duration.ofSeconds(30);

  private Contexts() {}

  /** What lets an application stop at once. */
  public static String[] quick() {
    return new String[] {"evenkeel.drain-timeout=0s"};
  }

  /**
   * A web server at a port that is free. Reactor Netty 1.3.6 may read nothing more from a
   * connection on which a request came before it was done with the last (reactor-netty 4361), so
   * there each connection is for one request.
   */
  public static String[] server() {
    return new String[] {
      "server.port=0", "server.address=127.0.0.1", "server.netty.max-keep-alive-requests=1"
    };
  }

  static ApplicationContextRunner runner(String... properties) {
    return new ApplicationContextRunner()
        .withConfiguration(AutoConfigurations.of(EvenkeelAutoConfiguration.class))
        .withPropertyValues(quick())
        .withPropertyValues(properties);
  }

  /** With one service, {@code orders}, of two endpoints. */
  static ApplicationContextRunner orders(String... properties) {
    return runner("evenkeel.services.orders.endpoints=10.0.0.1:8080,10.0.0.2:8080")
        .withPropertyValues(properties);
  }

  /** With services that have as many retries as they want. */
  static ApplicationContextRunner heardBy(Backends backends, String... properties) {
    return runner(properties)
        .withPropertyValues("evenkeel.defaults.failover.budget.type=unlimited")
        .withBean(
            BalancerCustomizer.class, () -> (service, balancer) -> balancer.listener(backends));
  }

  /** How many requests to the service {@code orders} are. */
  public static int inFlight(ApplicationContext context) {
    return inFlight(context, "orders");
  }

  public static int inFlight(ApplicationContext context, String service) {
    return context.getBean(LoadBalancers.class).balancer(service).nodes().stream()
        .mapToInt(Node::inFlight)
        .sum();
  }

  static void await(BooleanSupplier condition) {
    await("it", condition);
  }

  public static void await(String what, BooleanSupplier condition) {
    long begin = System.nanoTime();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime() - begin).as("waited for " + what).isLessThan(LONGEST.toNanos());
      Thread.onSpinWait();
    }
  }
}
