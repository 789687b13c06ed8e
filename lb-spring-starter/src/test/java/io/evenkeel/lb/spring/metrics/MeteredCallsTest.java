package io.evenkeel.lb.spring.metrics;

import static io.evenkeel.lb.spring.Backends.status;
import static io.evenkeel.lb.spring.metrics.Applications.orders;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evenkeel.lb.spring.Backends;
import io.evenkeel.lb.spring.LoadBalancers;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import mockwebserver3.MockResponse;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration;
import org.springframework.boot.micrometer.metrics.autoconfigure.MetricsAutoConfiguration;
import org.springframework.boot.micrometer.metrics.autoconfigure.export.simple.SimpleMetricsExportAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.client.RestClient;

/** What meters say after real calls, and that registries may make such calls themselves. */
@Timeout(60)
class MeteredCallsTest {
  private Backends backends;
  private final CountDownLatch held = new CountDownLatch(1);
  private final CountDownLatch release = new CountDownLatch(1);

  @BeforeEach
  void start() throws Exception {
    backends = Backends.of(3).answers((number, request) -> answer(number, request.getTarget()));
  }

  @AfterEach
  void stop() {
    release.countDown();
    backends.close();
  }

  private MockResponse answer(int number, String path) throws InterruptedException {
    if (path.equals("/hold")) {
      held.countDown();
      assertThat(release.await(60, TimeUnit.SECONDS)).isTrue();
    }
    boolean failing = path.equals("/fails") || (path.equals("/fails-once") && number == 1);
    return failing ? status(503) : Backends.ok();
  }

  private static double sum(MeterRegistry registry, String name) {
    return registry.get(name).tag("balancer", "orders").gauges().stream()
        .mapToDouble(io.micrometer.core.instrument.Gauge::value)
        .sum();
  }

  private static long requests(MeterRegistry registry, String outcome) {
    return registry.find("lb.requests").tag("outcome", outcome).timers().stream()
        .mapToLong(io.micrometer.core.instrument.Timer::count)
        .sum();
  }

  private static long calls(MeterRegistry registry, String result) {
    return registry.get("lb.calls").tags("balancer", "orders", "result", result).timer().count();
  }

  @Test
  void callsRetriesAndRequestsInFlightAreSeenWithSpringBootsMetrics() {
    orders(backends.property())
        .withConfiguration(
            AutoConfigurations.of(
                MetricsAutoConfiguration.class,
                CompositeMeterRegistryAutoConfiguration.class,
                SimpleMetricsExportAutoConfiguration.class))
        .run(
            context -> {
              MeterRegistry registry = context.getBean(MeterRegistry.class);
              RestClient client = context.getBean(RestClient.Builder.class).build();
              assertThat(get(client, "/fails-once")).isEqualTo("ok");
              for (int i = 0; i < 9; i++) {
                assertThat(get(client, "/")).isEqualTo("ok");
              }
              assertThat(calls(registry, "done")).isEqualTo(10);
              assertThat(requests(registry, "success")).isEqualTo(10);
              assertThat(requests(registry, "failure")).isOne();
              assertThat(registry.get("lb.retries").counter().count()).isOne();

              assertThatThrownBy(() -> get(client, "/fails"));
              assertThat(calls(registry, "failed")).isOne();
              assertThat(registry.get("lb.retries").counter().count()).isEqualTo(3);

              assertThat(sum(registry, "lb.requests.active")).isZero();
              CompletableFuture<String> call =
                  CompletableFuture.supplyAsync(() -> get(client, "/hold"));
              assertThat(held.await(60, TimeUnit.SECONDS)).isTrue();
              assertThat(sum(registry, "lb.requests.active")).isOne();
              release.countDown();
              assertThat(call.get(60, TimeUnit.SECONDS)).isEqualTo("ok");
              assertThat(sum(registry, "lb.requests.active")).isZero();
              assertThat(sum(registry, "lb.endpoints")).isEqualTo(3);
              assertThat(sum(registry, "lb.capacity")).isPositive();
            });
  }

  private static String get(RestClient client, String path) {
    String body = client.get().uri("http://orders" + path).retrieve().body(String.class);
    return String.valueOf(body);
  }

  /** Needs what it measures, twice over. */
  static final class Pushing extends SimpleMeterRegistry {
    private final RestClient client;
    private final LoadBalancers balancers;

    Pushing(RestClient client, LoadBalancers balancers) {
      this.client = client;
      this.balancers = balancers;
    }

    String push() {
      assertThat(balancers.names()).contains("orders");
      return MeteredCallsTest.get(client, "/");
    }
  }

  @Configuration(proxyBeanMethods = false)
  static class PushingApplication {
    @Bean
    Pushing pushing(RestClient.Builder client, LoadBalancers balancers) {
      return new Pushing(client.build(), balancers);
    }
  }

  @Test
  void aRegistryMayPushThroughABalancedClient() {
    for (boolean boot : new boolean[] {false, true}) {
      orders(backends.property())
          .withUserConfiguration(PushingApplication.class)
          .withConfiguration(
              boot
                  ? AutoConfigurations.of(
                      MetricsAutoConfiguration.class, CompositeMeterRegistryAutoConfiguration.class)
                  : AutoConfigurations.of())
          .run(
              context -> {
                Pushing registry = context.getBean(Pushing.class);
                assertThat(registry.push()).isEqualTo("ok");
                assertThat(calls(registry, "done")).isOne();
                assertThat(registry.push()).isEqualTo("ok");
                assertThat(calls(registry, "done")).isEqualTo(2);
              });
    }
  }
}
