package io.evenkeel.lb.spring.metrics;

import io.evenkeel.lb.spring.EvenkeelAutoConfiguration;
import io.evenkeel.lb.spring.RestClientBalancingAutoConfiguration;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.List;
import java.util.Objects;
import mockwebserver3.MockWebServer;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.http.client.autoconfigure.HttpClientAutoConfiguration;
import org.springframework.boot.http.client.autoconfigure.imperative.ImperativeHttpClientAutoConfiguration;
import org.springframework.boot.restclient.autoconfigure.RestClientAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

/** Applications with a service {@code orders}, and what their meters say. */
final class Applications {
  private Applications() {}

  static ApplicationContextRunner orders(String... properties) {
    return withoutClients(properties)
        .withConfiguration(
            AutoConfigurations.of(
                RestClientBalancingAutoConfiguration.class,
                HttpClientAutoConfiguration.class,
                ImperativeHttpClientAutoConfiguration.class,
                RestClientAutoConfiguration.class));
  }

  static ApplicationContextRunner withoutClients(String... properties) {
    return new ApplicationContextRunner()
        .withConfiguration(
            AutoConfigurations.of(
                EvenkeelAutoConfiguration.class,
                BalancerMetricsAutoConfiguration.class,
                CallObservationAutoConfiguration.class))
        .withPropertyValues(
            "evenkeel.drain-timeout=0s",
            "evenkeel.services.orders.endpoints=10.0.0.1:8080,10.0.0.2:8080",
            "evenkeel.defaults.failover.budget.type=unlimited")
        .withPropertyValues(properties);
  }

  /** The property that has these servers as endpoints of a service. */
  static String endpoints(String service, List<MockWebServer> servers) {
    List<String> all = servers.stream().map(server -> "127.0.0.1:" + server.getPort()).toList();
    return "evenkeel.services." + service + ".endpoints=" + String.join(",", all);
  }

  /** Values of a tag of all meters with a name. */
  static List<String> tags(MeterRegistry registry, String name, String tag) {
    return registry.find(name).meters().stream()
        .map(meter -> meter.getId().getTag(tag))
        .filter(Objects::nonNull)
        .distinct()
        .sorted()
        .toList();
  }

  static List<String> names(MeterRegistry registry) {
    return registry.getMeters().stream()
        .map(meter -> meter.getId().getName())
        .filter(name -> name.startsWith("lb."))
        .distinct()
        .sorted()
        .toList();
  }
}
