package io.evenkeel.lb.spring.metrics;

import static io.evenkeel.lb.spring.metrics.Applications.endpoints;
import static io.evenkeel.lb.spring.metrics.Applications.orders;
import static io.evenkeel.lb.spring.metrics.Applications.withoutClients;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evenkeel.lb.failover.CallContext;
import io.evenkeel.lb.micrometer.CallObservationConvention;
import io.evenkeel.lb.micrometer.CallObservations;
import io.evenkeel.lb.micrometer.ObservedFailover;
import io.evenkeel.lb.spring.LoadBalancers;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationHandler;
import io.micrometer.observation.ObservationRegistry;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import mockwebserver3.Dispatcher;
import mockwebserver3.MockResponse;
import mockwebserver3.MockWebServer;
import mockwebserver3.RecordedRequest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.restclient.RestTemplateBuilder;
import org.springframework.boot.restclient.autoconfigure.RestTemplateAutoConfiguration;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.web.client.RestClient;

/** Each call is an observation, and each attempt an event in it. */
@Timeout(60)
class CallObservationTest {
  private final List<MockWebServer> servers = new ArrayList<>();
  private final AtomicInteger requests = new AtomicInteger();
  private final Notes notes = new Notes();
  private final ObservationRegistry observations = ObservationRegistry.create();

  /** Writes down what ends. */
  private static final class Notes implements ObservationHandler<Observation.Context> {
    final Queue<String> ended = new ConcurrentLinkedQueue<>();
    final Queue<String> events = new ConcurrentLinkedQueue<>();
    final Queue<String> parents = new ConcurrentLinkedQueue<>();

    @Override
    public boolean supportsContext(Observation.Context context) {
      return true;
    }

    @Override
    public void onEvent(Observation.Event event, Observation.Context context) {
      events.add(context.getName() + " " + event.getContextualName());
    }

    @Override
    public void onStop(Observation.Context context) {
      ended.add(context.getName() + context.getAllKeyValues());
      if (context.getParentObservation() != null) {
        parents.add(String.valueOf(context.getParentObservation().getContextView().getName()));
      }
    }

    List<String> calls() {
      return ended.stream().filter(each -> each.startsWith("lb.call")).toList();
    }
  }

  @BeforeEach
  void start() throws Exception {
    observations.observationConfig().observationHandler(notes);
    for (int i = 0; i < 2; i++) {
      MockWebServer server = new MockWebServer();
      server.setDispatcher(
          new Dispatcher() {
            @Override
            public MockResponse dispatch(RecordedRequest request) {
              boolean failing = requests.incrementAndGet() == 1;
              return new MockResponse.Builder().code(failing ? 503 : 200).body("ok").build();
            }
          });
      server.start();
      servers.add(server);
    }
  }

  @AfterEach
  void stop() {
    servers.forEach(MockWebServer::close);
  }

  private static String get(RestClient client, String uri) {
    return String.valueOf(client.get().uri(uri).retrieve().body(String.class));
  }

  @Test
  void aRequestIsOneWithItsAttempts() {
    orders(endpoints("orders", servers))
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
              String direct = "http://127.0.0.1:" + servers.get(0).getPort() + "/";
              assertThat(get(client, direct)).isEqualTo("ok");
              assertThat(notes.calls()).hasSize(1);
              assertThat(observations.getCurrentObservation()).isNull();
            });
  }

  @Test
  void whatARequestSaysOfItselfStaysWithIt() {
    orders(endpoints("orders", servers))
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
              requests.set(0);
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
    orders(endpoints("orders", servers))
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

  @ParameterizedTest
  @ValueSource(
      strings = {"evenkeel.observations.enabled=false", "evenkeel.rest-client.enabled=false"})
  void aPropertySwitchesThemOff(String property) {
    orders(property)
        .withBean(ObservationRegistry.class, () -> observations)
        .run(
            context ->
                assertThat(context).hasNotFailed().doesNotHaveBean("evenkeelObservingInterceptor"));
  }

  @Test
  void withoutARegistryRequestsPassThrough() {
    orders(endpoints("orders", servers))
        .run(
            context -> {
              RestClient client = context.getBean(RestClient.Builder.class).build();
              assertThat(get(client, "http://orders/")).isEqualTo("ok");
            });
  }

  @ParameterizedTest
  @ValueSource(strings = {"io.evenkeel.lb.micrometer", "org.springframework.boot.restclient"})
  void withoutALibraryThereAreNone(String missing) {
    withoutClients()
        .withClassLoader(new FilteredClassLoader(missing))
        .run(
            context -> {
              assertThat(context).hasNotFailed().hasSingleBean(LoadBalancers.class);
              assertThat(context).doesNotHaveBean("evenkeelObservingInterceptor");
            });
  }
}
