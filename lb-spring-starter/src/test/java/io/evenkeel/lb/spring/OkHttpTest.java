package io.evenkeel.lb.spring;

import static io.evenkeel.lb.spring.Backends.status;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.okhttp.BalancerInterceptor;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Set;
import mockwebserver3.RecordedRequest;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

@Timeout(60)
class OkHttpTest {
  private static ApplicationContextRunner runner(String... properties) {
    return Contexts.runner(properties)
        .withConfiguration(AutoConfigurations.of(OkHttpBalancingAutoConfiguration.class));
  }

  @Test
  void theInterceptorServesAllServices() throws Exception {
    try (Backends backends = Backends.of(3)) {
      backends.answers(status(500));
      runner(
              backends.property(),
              "evenkeel.services.users.endpoints=127.0.0.1:1",
              "evenkeel.services.orders.strategy=maglev",
              "evenkeel.services.orders.affinity.header=X-Account",
              "evenkeel.defaults.failover.deadline-header=X-Deadline",
              "evenkeel.ok-http.connect-timeout=100ms")
          .withBean(
              BalancerCustomizer.class, () -> (service, balancer) -> balancer.listener(backends))
          .run(
              context -> {
                OkHttpClient client =
                    context
                        .getBean(BalancerInterceptor.class)
                        .install(new OkHttpClient.Builder())
                        .build();
                for (int i = 0; i < 20; i++) {
                  Request request =
                      new Request.Builder().url("http://orders/a").header("X-Account", "a").build();
                  try (Response response = client.newCall(request).execute()) {
                    assertThat(response.code()).isEqualTo(200);
                  }
                }
                assertThat(backends.outcomes).hasSize(21).startsWith(Outcome.FAILURE);
                List<String> chosen = List.copyOf(backends.endpoints);
                assertThat(Set.copyOf(chosen.subList(2, 21))).containsExactly(chosen.get(0));
                for (RecordedRequest request : backends.received) {
                  assertThat(request.getHeaders().get("X-Deadline")).isNotNull();
                  assertThat(request.getHeaders().get("Host")).isEqualTo("orders");
                }
                client.connectionPool().evictAll();
              });
    }
  }

  @Test
  void servicesMayComeAndGo() throws Exception {
    try (Backends backends = Backends.of(2)) {
      Changing properties = Changing.of();
      properties
          .in(runner("evenkeel.start-timeout=0s"))
          .run(
              context -> {
                LoadBalancers balancers = context.getBean(LoadBalancers.class);
                OkHttpClient client =
                    context
                        .getBean(BalancerInterceptor.class)
                        .install(new OkHttpClient.Builder())
                        .build();
                Request request = new Request.Builder().url("http://orders/a").build();
                assertThatThrownBy(() -> client.newCall(request).execute())
                    .isInstanceOf(UnknownHostException.class);
                for (int i = 0; i < 2; i++) {
                  properties.set(backends.property());
                  assertThat(balancers.refresh()).containsExactly("orders: new");
                  try (Response response = client.newCall(request).execute()) {
                    assertThat(response.code()).isEqualTo(200);
                  }
                  properties.set("evenkeel.services.orders.endpoints");
                  assertThat(balancers.refresh()).containsExactly("orders: removed");
                  assertThatThrownBy(() -> client.newCall(request).execute())
                      .isInstanceOf(UnknownHostException.class);
                }
                assertThat(backends.requests).hasValue(2);
                client.connectionPool().evictAll();
              });
    }
  }

  @Test
  void aTimeoutOutOfRangeIsNamed() {
    runner("evenkeel.services.orders.endpoints=a:1", "evenkeel.ok-http.connect-timeout=2m")
        .run(
            context ->
                assertThatThrownBy(() -> context.getBean(BalancerInterceptor.class))
                    .hasStackTraceContaining("evenkeel.ok-http.connect-timeout: PT2M (expected: "));
  }

  @Test
  void itIsThereOnlyWhereItCanBe() {
    runner().run(context -> assertThat(context).hasNotFailed());
    runner("evenkeel.services.orders.endpoints=a:1", "evenkeel.ok-http.enabled=false")
        .run(context -> assertThat(context).doesNotHaveBean(BalancerInterceptor.class));
    for (String missing : List.of("okhttp3", "io.evenkeel.lb.okhttp")) {
      runner("evenkeel.services.orders.endpoints=a:1")
          .withClassLoader(new FilteredClassLoader(missing))
          .run(
              context ->
                  assertThat(context)
                      .hasSingleBean(LoadBalancers.class)
                      .doesNotHaveBean("evenkeelOkHttpInterceptor"));
    }
  }
}
