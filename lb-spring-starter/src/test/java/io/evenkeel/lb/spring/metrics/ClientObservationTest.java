package io.evenkeel.lb.spring.metrics;

import static io.evenkeel.lb.spring.Backends.status;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evenkeel.lb.okhttp.BalancerInterceptor;
import io.evenkeel.lb.spring.Backends;
import io.evenkeel.lb.spring.Client;
import io.evenkeel.lb.spring.Contexts;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.http.client.ClientHttpRequestFactoryBuilder;
import org.springframework.boot.micrometer.observation.autoconfigure.ObservationAutoConfiguration;
import org.springframework.boot.restclient.autoconfigure.RestClientObservationAutoConfiguration;
import org.springframework.boot.restclient.autoconfigure.RestTemplateObservationAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.webclient.autoconfigure.WebClientObservationAutoConfiguration;
import org.springframework.http.client.ClientHttpRequestFactory;
import org.springframework.web.client.RestClient;

/** Whichever client makes a call: it is one observation, with an event for each attempt. */
@Timeout(60)
class ClientObservationTest {
  private final Notes notes = new Notes();
  private Backends backends;

  @BeforeEach
  void start() throws Exception {
    backends = Backends.of(2).answers(status(503));
  }

  @AfterEach
  void stop() {
    backends.close();
  }

  private ApplicationContextRunner runner(String... properties) {
    return new ApplicationContextRunner()
        .withUserConfiguration(Client.App.class)
        .withPropertyValues(Contexts.quick())
        .withPropertyValues(Client.App.properties())
        .withPropertyValues(backends.property(), "evenkeel.defaults.failover.budget.type=unlimited")
        .withPropertyValues(properties)
        // Notes are no bean, and Spring Boot's handler of meters is one.
        .withPropertyValues("evenkeel.observations.enabled=true")
        .withBean(ObservationRegistry.class, () -> notes.registry);
  }

  @ParameterizedTest
  @EnumSource
  void aCallIsOneWithItsAttempts(Client client) {
    runner()
        .run(
            context -> {
              assertThat(client.in(context).get(1).block()).isEqualTo("ok");
              assertThat(notes.calls()).singleElement().asString().contains("orders", "=done");
              assertThat(notes.events).hasSize(2);
              assertThat(notes.events.poll()).matches("lb.call 127.*:\\d+ FAILURE after \\d+ ms");
              assertThat(notes.events.poll()).matches("lb.call 127.*:\\d+ SUCCESS after \\d+ ms");
              assertThat(notes.errors).isEmpty();
              // Others have ended with the body by then, or not yet.
              assertThat(notes.parents)
                  .containsExactlyElementsOf(
                      client == Client.OK_HTTP ? List.of() : List.of("http.client.requests"));
              assertThat(notes.registry.getCurrentObservation()).isNull();
            });
  }

  @ParameterizedTest
  @EnumSource
  void whatFailsEndsItAsWell(Client client) {
    backends.answers((number, request) -> status(503));
    runner()
        .run(
            context -> {
              assertThatThrownBy(() -> client.in(context).get(1).block());
              assertThat(notes.calls()).singleElement().asString().contains("=failed", "=3");
              assertThat(notes.events).hasSize(3);
              backends.close();
              notes.clear();
              assertThatThrownBy(() -> client.in(context).get(1).block());
              assertThat(notes.calls()).singleElement().asString().contains("=attempts", "=3");
              assertThat(notes.errors).filteredOn(e -> e.startsWith("lb.call")).hasSize(1);
              assertThat(notes.registry.getCurrentObservation()).isNull();
            });
  }

  @ParameterizedTest
  @EnumSource
  void withoutARegistryCallsAreMadeAsEver(Client client) {
    new ApplicationContextRunner()
        .withUserConfiguration(Client.App.class)
        .withPropertyValues(Contexts.quick())
        .withPropertyValues(Client.App.properties())
        .withPropertyValues(
            backends.property(),
            "spring.autoconfigure.exclude="
                + Stream.of(
                        ObservationAutoConfiguration.class,
                        RestClientObservationAutoConfiguration.class,
                        RestTemplateObservationAutoConfiguration.class,
                        WebClientObservationAutoConfiguration.class)
                    .map(Class::getName)
                    .collect(Collectors.joining(",")))
        .run(
            context -> {
              assertThat(context).doesNotHaveBean(ObservationRegistry.class);
              assertThat(client.in(context).get(1).block()).isEqualTo("ok");
              assertThat(backends.requests).hasValue(2);
            });
  }

  private String current() {
    Observation current = notes.registry.getCurrentObservation();
    return current == null ? "none" : String.valueOf(current.getContextView().getName());
  }

  @Test
  void attemptsOfABlockingClientAreMadeWithinIt() {
    runner()
        .run(
            context -> {
              Queue<String> seen = new ConcurrentLinkedQueue<>();
              ClientHttpRequestFactory jdk = ClientHttpRequestFactoryBuilder.jdk().build();
              RestClient client =
                  context
                      .getBean(RestClient.Builder.class)
                      .requestFactory(
                          (uri, method) -> {
                            seen.add(current());
                            return jdk.createRequest(uri, method);
                          })
                      .build();
              client.get().uri("http://orders/").retrieve().toBodilessEntity();
              assertThat(seen).hasSizeGreaterThanOrEqualTo(2);
              assertThat(List.copyOf(seen).subList(seen.size() - 2, seen.size()))
                  .containsOnly("lb.call");
              assertThat(current()).isEqualTo("none");
            });
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void attemptsOfOkHttpAreMadeWithinIt(boolean hedged) {
    String[] hedging =
        hedged
            ? new String[] {"evenkeel.defaults.failover.hedging.delay=1h"}
            : new String[] {"evenkeel.defaults.failover.attempts=3"};
    runner(hedging)
        .run(
            context -> {
              Queue<String> seen = new ConcurrentLinkedQueue<>();
              OkHttpClient client =
                  context
                      .getBean(BalancerInterceptor.class)
                      .install(new OkHttpClient.Builder())
                      .addNetworkInterceptor(
                          chain -> {
                            seen.add(current() + " of " + Thread.currentThread().getId());
                            return chain.proceed(chain.request());
                          })
                      .build();
              Request request = new Request.Builder().url("http://orders/").build();
              try (Response response = client.newCall(request).execute()) {
                assertThat(response.code()).isEqualTo(200);
              }
              long here = Thread.currentThread().getId();
              assertThat(seen)
                  .hasSize(2)
                  .allMatch(each -> each.startsWith("lb.call of "))
                  .allMatch(each -> each.endsWith(" of " + here) != hedged);
              assertThat(notes.calls()).singleElement().asString().contains("attempts=2");
              assertThat(current()).isEqualTo("none");
            });
  }
}
