package io.evenkeel.lb.spring.metrics;

import static io.evenkeel.lb.spring.Backends.status;
import static io.evenkeel.lb.spring.metrics.Applications.orders;
import static io.evenkeel.lb.spring.metrics.Applications.withoutClients;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evenkeel.lb.failover.CallContext;
import io.evenkeel.lb.failover.CallObserver;
import io.evenkeel.lb.micrometer.CallObservationConvention;
import io.evenkeel.lb.micrometer.CallObservations;
import io.evenkeel.lb.micrometer.ObservedFailover;
import io.evenkeel.lb.okhttp.BalancerInterceptor;
import io.evenkeel.lb.spring.Backends;
import io.evenkeel.lb.spring.LoadBalancers;
import io.micrometer.core.instrument.observation.DefaultMeterObservationHandler;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.observation.ObservationRegistry;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.restclient.RestTemplateBuilder;
import org.springframework.boot.restclient.autoconfigure.RestTemplateAutoConfiguration;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.web.client.RestClient;
import org.springframework.web.reactive.function.client.WebClient;

/** Each call is an observation, and each attempt an event in it. */
@Timeout(60)
class CallObservationTest {
  private final Notes notes = new Notes();
  private final ObservationRegistry observations = notes.registry;
  private Backends backends;

  @BeforeEach
  void start() throws Exception {
    backends = Backends.of(2).answers(status(503));
  }

  @AfterEach
  void stop() {
    backends.close();
  }

  private static String get(RestClient client, String uri) {
    return String.valueOf(client.get().uri(uri).retrieve().body(String.class));
  }

  @Test
  void aRequestIsOneWithItsAttempts() {
    orders(backends.property())
        .withBean(ObservationRegistry.class, () -> observations)
        .run(
            context -> {
              RestClient client =
                  context
                      .getBean(RestClient.Builder.class)
                      .observationRegistry(observations)
                      .build();
              assertThat(get(client, "http://ORDERS:8080/x")).isEqualTo("ok");
              assertThat(notes.events).hasSize(2);
              assertThat(notes.events.poll()).matches("lb.call 127.*:\\d+ FAILURE after \\d+ ms");
              assertThat(notes.events.poll()).matches("lb.call 127.*:\\d+ SUCCESS after \\d+ ms");
              assertThat(notes.calls())
                  .singleElement()
                  .asString()
                  .contains("balancer=orders", "result=done");
              assertThat(notes.parents).containsExactly("http.client.requests");
              String direct = "http://127.0.0.1:" + backends.servers.get(0).getPort() + "/";
              assertThat(get(client, direct)).isEqualTo("ok");
              assertThat(notes.calls()).hasSize(1);
              assertThat(observations.getCurrentObservation()).isNull();
            });
  }

  @Test
  void whatARequestSaysOfItselfStaysWithIt() {
    orders(backends.property())
        .withBean(ObservationRegistry.class, () -> observations)
        .run(
            context -> {
              RestClient client = context.getBean(RestClient.Builder.class).build();
              client
                  .post()
                  .uri("http://orders/")
                  .attribute(LoadBalancers.CONTEXT, CallContext.idempotent())
                  .retrieve()
                  .toBodilessEntity();
              assertThat(notes.events).hasSize(2);
              backends.requests.set(0);
              assertThatThrownBy(
                  () -> client.post().uri("http://orders/").retrieve().toBodilessEntity());
              assertThat(notes.events).hasSize(3);
              assertThat(notes.calls().get(1)).contains("result=failed", "attempts=1");
            });
  }

  @Test
  void anErrorIsNotedWithItsReason() {
    orders("evenkeel.services.gone.endpoints=127.0.0.1:1", "evenkeel.defaults.failover.attempts=1")
        .withBean(ObservationRegistry.class, () -> observations)
        .run(
            context -> {
              RestClient client = context.getBean(RestClient.Builder.class).build();
              assertThatThrownBy(() -> get(client, "http://gone/"));
              assertThat(notes.calls()).singleElement().asString().contains("result=attempts");
            });
  }

  @Test
  void aRestTemplateIsObservedAsWell() {
    orders(backends.property())
        .withConfiguration(AutoConfigurations.of(RestTemplateAutoConfiguration.class))
        .withBean(ObservationRegistry.class, () -> observations)
        .run(
            context -> {
              var template = context.getBean(RestTemplateBuilder.class).build();
              assertThat(template.getForObject("http://orders/", String.class)).isEqualTo("ok");
              assertThat(notes.calls()).hasSize(1);
              assertThat(notes.events).hasSize(2);
            });
  }

  @Test
  void callsOfAFailoverItselfCanBeObserved() {
    orders()
        .withBean(ObservationRegistry.class, () -> observations)
        .withBean(
            CallObservationConvention.class,
            () ->
                new CallObservationConvention() {
                  @Override
                  public String getName() {
                    return "lb.call.of.shop";
                  }
                })
        .run(
            context -> {
              ObservedFailover observed =
                  ObservedFailover.of(
                      context.getBean(LoadBalancers.class).failover("orders"),
                      context.getBean(CallObservations.class));
              assertThat(observed.<Integer>call(CallContext.idempotent(), endpoint -> 1)).isOne();
              assertThat(notes.calls()).singleElement().asString().startsWith("lb.call.of.shop");
              assertThat(notes.events).hasSize(1);
            });
  }

  @Test
  void aPropertySwitchesThemOff() {
    orders("evenkeel.observations.enabled=false", backends.property())
        .withBean(ObservationRegistry.class, () -> observations)
        .run(
            context -> {
              assertThat(context).hasNotFailed().doesNotHaveBean(CallObserver.class);
              RestClient client = context.getBean(RestClient.Builder.class).build();
              assertThat(get(client, "http://orders/")).isEqualTo("ok");
              assertThat(backends.requests).hasValue(2);
              assertThat(notes.started).isEmpty();
              assertThat(notes.events).isEmpty();
            });
  }

  /** As Spring Boot has it without traces: meters alone have all of it by themselves. */
  @ParameterizedTest
  @CsvSource({
    "meters,             , 0",
    "meters,         true, 1",
    "meters,        false, 0",
    "meters and own,     , 1",
    "own,                , 1",
    "none,               , 1",
  })
  void byDefaultThereIsOneWhereNotOnlyMetersWantIt(String handlers, String enabled, int observed) {
    ApplicationContextRunner runner =
        orders(backends.property()).withBean(ObservationRegistry.class, () -> observations);
    if (enabled != null) {
      runner = runner.withPropertyValues("evenkeel.observations.enabled=" + enabled);
    }
    if (handlers.contains("meters")) {
      runner =
          runner.withBean(
              "meters",
              DefaultMeterObservationHandler.class,
              () -> new DefaultMeterObservationHandler(new SimpleMeterRegistry()));
    }
    if (handlers.contains("own")) {
      runner = runner.withBean("own", Notes.class, () -> notes);
    }
    runner.run(
        context -> {
          RestClient client = context.getBean(RestClient.Builder.class).build();
          assertThat(get(client, "http://orders/")).isEqualTo("ok");
          assertThat(notes.calls()).hasSize(observed);
        });
  }

  /** What it is made of may need a client, which is there before. */
  @Test
  void theRegistryIsAskedForWithTheFirstCall() {
    orders(backends.property())
        .withInitializer(
            context ->
                ((GenericApplicationContext) context)
                    .registerBean(
                        ObservationRegistry.class,
                        () -> {
                          assertThat(context.getBean(RestClient.Builder.class)).isNotNull();
                          assertThat(context.getBean(WebClient.Builder.class)).isNotNull();
                          assertThat(context.getBean(BalancerInterceptor.class)).isNotNull();
                          return observations;
                        }))
        .run(
            context -> {
              assertThat(context).hasNotFailed();
              RestClient client = context.getBean(RestClient.Builder.class).build();
              assertThat(get(client, "http://orders/")).isEqualTo("ok");
              assertThat(notes.calls()).hasSize(1);
            });
  }

  @Test
  void withoutARegistryRequestsPassThrough() {
    orders(backends.property())
        .run(
            context -> {
              RestClient client = context.getBean(RestClient.Builder.class).build();
              assertThat(get(client, "http://orders/")).isEqualTo("ok");
            });
  }

  @ParameterizedTest
  @ValueSource(strings = {"io.evenkeel.lb.micrometer", "io.micrometer"})
  void withoutALibraryThereAreNone(String missing) {
    orders(backends.property())
        .withClassLoader(new FilteredClassLoader(missing))
        .run(
            context -> {
              assertThat(context).hasNotFailed().hasSingleBean(LoadBalancers.class);
              assertThat(context).doesNotHaveBean("evenkeelCallObservations");
              RestClient client = context.getBean(RestClient.Builder.class).build();
              assertThat(get(client, "http://orders/")).isEqualTo("ok");
            });
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "org.springframework.boot.restclient",
        "org.springframework.boot.webclient",
        "okhttp3"
      })
  void withoutAClientItStarts(String missing) {
    withoutClients()
        .withClassLoader(new FilteredClassLoader(missing))
        .run(context -> assertThat(context).hasNotFailed().hasSingleBean(LoadBalancers.class));
  }
}
