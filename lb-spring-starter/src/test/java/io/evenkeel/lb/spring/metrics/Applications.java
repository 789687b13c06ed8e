package io.evenkeel.lb.spring.metrics;

import io.evenkeel.lb.spring.Contexts;
import io.evenkeel.lb.spring.EvenkeelAutoConfiguration;
import io.evenkeel.lb.spring.OkHttpBalancingAutoConfiguration;
import io.evenkeel.lb.spring.RestClientBalancingAutoConfiguration;
import io.evenkeel.lb.spring.SharedLoops;
import io.evenkeel.lb.spring.WebClientBalancingAutoConfiguration;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.List;
import java.util.Objects;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.http.client.autoconfigure.HttpClientAutoConfiguration;
import org.springframework.boot.http.client.autoconfigure.imperative.ImperativeHttpClientAutoConfiguration;
import org.springframework.boot.http.client.autoconfigure.reactive.ReactiveHttpClientAutoConfiguration;
import org.springframework.boot.restclient.autoconfigure.RestClientAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.webclient.autoconfigure.WebClientAutoConfiguration;

/** Applications with a service {@code orders}, and what their meters say. */
final class Applications {
  private Applications() {}

  static ApplicationContextRunner orders(String... properties) {
    return withoutClients(properties)
        .withConfiguration(
            AutoConfigurations.of(
                SharedLoops.class,
                RestClientBalancingAutoConfiguration.class,
                WebClientBalancingAutoConfiguration.class,
                OkHttpBalancingAutoConfiguration.class,
                HttpClientAutoConfiguration.class,
                ImperativeHttpClientAutoConfiguration.class,
                ReactiveHttpClientAutoConfiguration.class,
                RestClientAutoConfiguration.class,
                WebClientAutoConfiguration.class));
  }

  static ApplicationContextRunner withoutClients(String... properties) {
    return new ApplicationContextRunner()
        .withConfiguration(
            AutoConfigurations.of(
                EvenkeelAutoConfiguration.class,
                BalancerMetricsAutoConfiguration.class,
                CallObservationAutoConfiguration.class))
        .withPropertyValues(Contexts.quick())
        .withPropertyValues(
            "evenkeel.services.orders.endpoints=10.0.0.1:8080,10.0.0.2:8080",
            "evenkeel.defaults.failover.budget.type=unlimited")
        .withPropertyValues(properties);
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
