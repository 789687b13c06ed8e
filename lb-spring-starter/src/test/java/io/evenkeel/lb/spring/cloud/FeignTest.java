package io.evenkeel.lb.spring.cloud;

import static io.evenkeel.lb.spring.Backends.status;
import static io.evenkeel.lb.spring.Contexts.inFlight;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import feign.FeignException;
import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.spring.Backends;
import io.evenkeel.lb.spring.BalancerCustomizer;
import io.evenkeel.lb.spring.Contexts;
import io.evenkeel.lb.spring.Outage;
import java.io.IOException;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.cloud.openfeign.EnableFeignClients;
import org.springframework.cloud.openfeign.FeignClient;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestHeader;
import reactor.core.publisher.Mono;

@Timeout(120)
class FeignTest {
  @Configuration(proxyBeanMethods = false)
  @EnableAutoConfiguration
  @EnableFeignClients(clients = Orders.class)
  static class App {}

  @FeignClient("orders")
  interface Orders {
    @GetMapping("/1")
    String one();

    @PostMapping("/1")
    String place(@RequestHeader("Idempotency-Key") String key);
  }

  private static ApplicationContextRunner runner(Backends backends, String retries) {
    return new ApplicationContextRunner()
        .withUserConfiguration(App.class)
        .withBean(
            BalancerCustomizer.class, () -> (service, balancer) -> balancer.listener(backends))
        .withPropertyValues(Contexts.quick())
        .withPropertyValues(
            "evenkeel.services.orders.health.enabled=false",
            "spring.cloud.loadbalancer.retry.retryable-status-codes=503",
            "spring.cloud.loadbalancer.retry.enabled=" + retries,
            backends.property());
  }

  @Test
  void aFeignClientIsBalanced() throws IOException {
    try (Backends backends = Backends.of(3)) {
      runner(backends, "false")
          .run(
              context -> {
                assertThat(context).hasNotFailed();
                Orders orders = context.getBean(Orders.class);
                for (int i = 0; i < 30; i++) {
                  assertThat(orders.one()).isEqualTo("ok");
                }
                assertThat(backends.portsReached()).hasSize(3);
                backends.answers(status(500));
                assertThatThrownBy(orders::one).isInstanceOf(FeignException.class);
                assertThat(backends.outcomes).hasSize(31);
                assertThat(backends.outcomes.stream().filter(Outcome::isFailure))
                    .containsExactly(Outcome.FAILURE);
                assertThat(inFlight(context)).isZero();
              });
    }
  }

  @Test
  void itsRetriesGoElsewhere() throws IOException {
    try (Backends backends = Backends.of(3)) {
      runner(backends, "true")
          .run(
              context -> {
                for (int i = 0; i < 20; i++) {
                  backends.answers(status(503));
                  backends.endpoints.clear();
                  assertThat(context.getBean(Orders.class).one()).isEqualTo("ok");
                  assertThat(backends.endpoints).hasSize(2);
                  assertThat(Set.copyOf(backends.endpoints)).as("distinct").hasSize(2);
                }
                assertThat(inFlight(context)).isZero();
              });
    }
  }

  @Test
  void noGetFailsWhileAServerIsKilledAndNoPostIsDoneTwice() throws Exception {
    try (Outage outage = Outage.of(400, 4);
        ConfigurableApplicationContext context =
            outage.start(App.class, "spring.cloud.loadbalancer.retry.enabled=true")) {
      Orders orders = context.getBean(Orders.class);
      // Feign makes its converters with the first response, and not safely for several at once.
      assertThat(orders.one()).isNotEmpty();
      assertThat(outage.during(id -> Mono.fromCallable(orders::one))).isEmpty();
      outage.noPostIsDoneTwice("feign", (id, key) -> Mono.fromCallable(() -> orders.place(key)));
      outage.isOver(context);
    }
  }
}
