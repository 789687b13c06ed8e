package io.evenkeel.lb.spring;

import static io.evenkeel.lb.spring.Backends.status;
import static io.evenkeel.lb.spring.WebClients.client;
import static io.evenkeel.lb.spring.WebClients.get;
import static io.evenkeel.lb.spring.WebClients.runner;
import static io.evenkeel.lb.spring.WebClients.send;
import static io.evenkeel.lb.spring.WebClients.with;
import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.EndpointSource;
import io.evenkeel.lb.Outcome;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.webclient.WebClientCustomizer;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.web.reactive.function.client.ClientRequest;
import org.springframework.web.reactive.function.client.ClientResponse;
import org.springframework.web.reactive.function.client.WebClient;
import reactor.core.publisher.Mono;

/** What WebClient does with the names of services. */
@Timeout(60)
class WebClientTest {
  @ParameterizedTest
  @ValueSource(strings = {"reactor", "jdk"})
  void theNameOfAServiceIsBalancedAndOtherHostsPassThrough(String connector) throws Exception {
    with(
        connector,
        2,
        (context, backends) -> {
          WebClient client = client(context);
          for (int i = 0; i < 10; i++) {
            String answer =
                client
                    .get()
                    .uri(URI.create("http://orders:99/a%2Fb?q=x%20y&r=%C3%BC"))
                    .retrieve()
                    .bodyToMono(String.class)
                    .block();
            assertThat(answer).isEqualTo("ok");
          }
          assertThat(backends.endpoints).hasSize(10);
          assertThat(Set.copyOf(backends.endpoints)).hasSize(2);
          assertThat(backends.received)
              .allSatisfy(
                  request -> assertThat(request.getTarget()).isEqualTo("/a%2Fb?q=x%20y&r=%C3%BC"));
          String direct = "http://localhost:" + backends.servers.get(0).getPort() + "/direct";
          assertThat(client.get().uri(direct).retrieve().bodyToMono(String.class).block())
              .isEqualTo("ok");
          assertThat(backends.endpoints).hasSize(10);
        });
  }

  @Test
  void eachSubscriptionIsACall() throws Exception {
    with(
        "reactor",
        2,
        (context, backends) -> {
          Mono<String> request =
              client(context).get().uri("http://orders/").retrieve().bodyToMono(String.class);
          request.block();
          request.block();
          assertThat(backends.outcomes).containsExactly(Outcome.SUCCESS, Outcome.SUCCESS);
        });
  }

  @Test
  void requestsOfOneKeyMeetOneEndpoint() throws Exception {
    with(
        "reactor",
        3,
        new String[] {
          "evenkeel.services.orders.strategy=maglev",
          "evenkeel.services.orders.affinity.header=X-Account",
          "evenkeel.services.orders.affinity.cookie=session"
        },
        (context, backends) -> {
          List<Integer> kinds = new ArrayList<>();
          for (BiConsumer<WebClient.RequestHeadersSpec<?>, Integer> key :
              List.<BiConsumer<WebClient.RequestHeadersSpec<?>, Integer>>of(
                  (r, i) -> r.header("X-Account", "a"),
                  (r, i) -> r.header("Cookie", "a=b; session=s; c=d"),
                  (r, i) -> r.cookie("a", "b").cookie("session", "s"),
                  (r, i) -> r.header("X-Account", "a" + i),
                  (r, i) -> r.cookie("xsession", "s"))) {
            backends.endpoints.clear();
            for (int i = 0; i < 30; i++) {
              WebClient.RequestHeadersSpec<?> request = client(context).get().uri("http://orders/");
              key.accept(request, i);
              send(request);
            }
            kinds.add(Set.copyOf(backends.endpoints).size());
          }
          assertThat(kinds).containsExactly(1, 1, 1, 3, 3);
        });
  }

  @Test
  void endpointsAreToldHowLongTheCallMayTakeAndNobodyElseIs() throws Exception {
    with(
        "reactor",
        2,
        new String[] {
          "evenkeel.defaults.failover.deadline=5s",
          "evenkeel.defaults.failover.deadline-header=X-Deadline"
        },
        (context, backends) -> {
          backends.answers(status(503));
          List<String> seen = new ArrayList<>();
          WebClient outer =
              context
                  .getBean(WebClient.Builder.class)
                  .filters(
                      all ->
                          all.add(
                              0,
                              (request, next) ->
                                  next.exchange(request)
                                      .doOnNext(
                                          response ->
                                              seen.addAll(
                                                  request.headers().getOrEmpty("X-Deadline")))))
                  .build();
          send(outer.get().uri("http://orders/").header("X-Deadline", "1"));
          assertThat(seen).containsExactly("1");
          assertThat(backends.received).hasSize(2);
          backends.wereTold("X-Deadline", 5000);
        });
  }

  @Test
  void otherFiltersSeeTheNameOfTheServiceOnce() throws Exception {
    List<String> seen = new ArrayList<>();
    try (Backends backends = Backends.of(2)) {
      backends.answers(status(503));
      runner(backends, backends.property())
          .withBean(
              WebClientCustomizer.class,
              () ->
                  client ->
                      client.filter(
                          (request, next) -> {
                            seen.add(request.url().toString());
                            return next.exchange(request);
                          }))
          .run(
              context -> {
                send(client(context).get().uri("http://orders/"));
                assertThat(seen).containsExactly("http://orders/");
                assertThat(backends.outcomes).containsExactly(Outcome.FAILURE, Outcome.SUCCESS);
              });
    }
  }

  /** Names of services in a cluster are often the hosts of their endpoints. */
  @Test
  void aCopiedBuilderBalancesOnce() throws Exception {
    try (Backends backends = Backends.of(1)) {
      int port = backends.servers.get(0).getPort();
      runner(
              backends,
              "evenkeel.services.orders.endpoints=localhost:" + port,
              "evenkeel.services.localhost.endpoints=127.0.0.1:1")
          .run(
              context -> {
                WebClient.Builder copy =
                    context.getBean(WebClient.Builder.class).clone().build().mutate();
                context
                    .getBeanProvider(WebClientCustomizer.class)
                    .forEach(customizer -> customizer.customize(copy));
                send(copy.build().get().uri("http://orders/"));
                assertThat(backends.outcomes).containsExactly(Outcome.SUCCESS);
              });
    }
  }

  /** Registries are often asked over HTTP, by a client that is balanced as well. */
  @Test
  void whatKnowsEndpointsMayNeedAClient() throws Exception {
    try (Backends backends = Backends.of(1)) {
      Endpoint endpoint = Endpoint.of("127.0.0.1", backends.servers.get(0).getPort());
      runner(backends)
          .withInitializer(
              context ->
                  ((GenericApplicationContext) context)
                      .registerBean(
                          "orders",
                          EndpointSource.class,
                          () -> {
                            assertThat(context.getBean(WebClient.Builder.class)).isNotNull();
                            return EndpointSource.of(endpoint);
                          }))
          .run(context -> assertThat(get(context)).isEqualTo("ok"));
    }
  }

  /** Tracing and others keep there what belongs to a request. */
  @Test
  void attemptsHaveTheContextOfTheSubscriber() throws Exception {
    Queue<Object> seen = new ConcurrentLinkedQueue<>();
    try (Backends backends = Backends.of(1)) {
      runner(backends, backends.property())
          .run(
              context -> {
                WebClient client =
                    context
                        .getBean(WebClient.Builder.class)
                        .exchangeFunction(request -> answer(request, seen))
                        .build();
                client
                    .get()
                    .uri("http://orders/")
                    .retrieve()
                    .toBodilessEntity()
                    .contextWrite(all -> all.put("user", "mia"))
                    .block();
                assertThat(seen).containsExactly("mia");
              });
    }
  }

  private static Mono<ClientResponse> answer(ClientRequest request, Queue<Object> seen) {
    return Mono.deferContextual(
        all -> {
          seen.add(all.get("user"));
          return Mono.just(
              ClientResponse.create(org.springframework.http.HttpStatus.OK)
                  .body(request.url().getPath())
                  .build());
        });
  }

  @Test
  void itCanBeSwitchedOff() throws Exception {
    try (Backends backends = Backends.of(1)) {
      for (String property : List.of("evenkeel.web-client.enabled", "evenkeel.enabled")) {
        runner(backends, backends.property(), property + "=false")
            .run(
                context ->
                    assertThat(context).hasNotFailed().doesNotHaveBean(BalancingFilter.class));
      }
    }
  }

  @Test
  void withoutWebClientItStarts() {
    for (String missing :
        List.of("org.springframework.boot.webclient", "org.springframework.web.reactive")) {
      Contexts.orders()
          .withConfiguration(AutoConfigurations.of(WebClientBalancingAutoConfiguration.class))
          .withClassLoader(new FilteredClassLoader(missing))
          .run(
              context ->
                  assertThat(context)
                      .hasSingleBean(LoadBalancers.class)
                      .doesNotHaveBean("evenkeelBalancingFilter"));
    }
  }
}
