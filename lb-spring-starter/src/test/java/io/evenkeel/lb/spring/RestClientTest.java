package io.evenkeel.lb.spring;

import static io.evenkeel.lb.spring.Backends.status;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.EndpointSource;
import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.failover.CallContext;
import io.evenkeel.lb.failover.FailoverException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.BiConsumer;
import mockwebserver3.MockResponse;
import mockwebserver3.RecordedRequest;
import mockwebserver3.SocketEffect;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.http.client.autoconfigure.HttpClientAutoConfiguration;
import org.springframework.boot.http.client.autoconfigure.imperative.ImperativeHttpClientAutoConfiguration;
import org.springframework.boot.restclient.RestClientCustomizer;
import org.springframework.boot.restclient.RestTemplateBuilder;
import org.springframework.boot.restclient.autoconfigure.RestClientAutoConfiguration;
import org.springframework.boot.restclient.autoconfigure.RestTemplateAutoConfiguration;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationContext;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.core.NestedExceptionUtils;
import org.springframework.http.HttpMethod;
import org.springframework.http.client.ClientHttpResponse;
import org.springframework.web.client.HttpClientErrorException;
import org.springframework.web.client.HttpServerErrorException;
import org.springframework.web.client.ResourceAccessException;
import org.springframework.web.client.RestClient;

/** What RestClient and RestTemplate do with the names of services. */
@Timeout(60)
class RestClientTest {
  private static final MockResponse RESET =
      new MockResponse.Builder().onResponseStart(new SocketEffect.CloseSocket()).build();

  private static ApplicationContextRunner runner(Backends backends, String... properties) {
    return Contexts.runner(properties)
        .withPropertyValues("evenkeel.defaults.failover.budget.type=unlimited")
        .withPropertyValues("spring.http.clients.imperative.factory=jdk")
        .withBean(
            BalancerCustomizer.class, () -> (service, balancer) -> balancer.listener(backends))
        .withConfiguration(
            AutoConfigurations.of(
                RestClientBalancingAutoConfiguration.class,
                HttpClientAutoConfiguration.class,
                ImperativeHttpClientAutoConfiguration.class,
                RestClientAutoConfiguration.class,
                RestTemplateAutoConfiguration.class));
  }

  private static RestClient client(ApplicationContext context) {
    return context.getBean(RestClient.Builder.class).build();
  }

  private static int inFlight(ApplicationContext context) {
    return context.getBean(LoadBalancers.class).balancer("orders").nodes().stream()
        .mapToInt(io.evenkeel.lb.Node::inFlight)
        .sum();
  }

  private static void with(
      int servers, String[] properties, BiConsumer<ApplicationContext, Backends> test)
      throws IOException {
    try (Backends backends = Backends.of(servers)) {
      runner(backends, backends.property())
          .withPropertyValues(properties)
          .run(
              context -> {
                assertThat(context).hasNotFailed();
                test.accept(context, backends);
                assertThat(inFlight(context)).isZero();
              });
    }
  }

  private static void with(int servers, BiConsumer<ApplicationContext, Backends> test)
      throws IOException {
    with(servers, new String[0], test);
  }

  @Test
  void theNameOfAServiceIsBalancedAndOtherHostsPassThrough() throws Exception {
    with(
        2,
        (context, backends) -> {
          RestClient client = client(context);
          for (int i = 0; i < 10; i++) {
            String answer =
                client
                    .get()
                    .uri(URI.create("http://orders:99/a%2Fb?q=x%20y&r=%C3%BC"))
                    .retrieve()
                    .body(String.class);
            assertThat(answer).isEqualTo("ok");
          }
          assertThat(backends.endpoints).hasSize(10);
          assertThat(Set.copyOf(backends.endpoints)).hasSize(2);
          assertThat(backends.received)
              .allSatisfy(
                  request -> assertThat(request.getTarget()).isEqualTo("/a%2Fb?q=x%20y&r=%C3%BC"));
          String direct = "http://localhost:" + backends.servers.get(0).getPort() + "/direct";
          assertThat(client.get().uri(direct).retrieve().body(String.class)).isEqualTo("ok");
          assertThat(backends.endpoints).hasSize(10);
        });
  }

  @ParameterizedTest
  @ValueSource(strings = {"GET", "HEAD", "OPTIONS", "PUT", "DELETE"})
  void whatIsIdempotentIsTriedElsewhere(String method) throws Exception {
    with(
        3,
        (context, backends) -> {
          // The JDK's client itself repeats a GET whose connection breaks, at the same endpoint.
          backends.answers(status(500), status(503));
          client(context)
              .method(HttpMethod.valueOf(method))
              .uri("http://orders/")
              .retrieve()
              .toBodilessEntity();
          assertThat(backends.outcomes)
              .containsExactly(Outcome.FAILURE, Outcome.FAILURE, Outcome.SUCCESS);
          assertThat(Set.copyOf(backends.endpoints)).as("distinct").hasSize(3);
        });
  }

  @Test
  void aPostThatMayHaveBeenProcessedIsNotRepeated() throws Exception {
    for (MockResponse answer : List.of(status(500), RESET)) {
      with(
          3,
          (context, backends) -> {
            backends.answers((number, request) -> answer);
            assertThatThrownBy(() -> post(context).retrieve().toBodilessEntity());
            assertThat(backends.requests).hasValue(1);
            assertThat(backends.outcomes).containsExactly(Outcome.FAILURE);
          });
    }
  }

  @Test
  void aPostIsRepeatedIfItSaysThatItMayBe() throws Exception {
    with(
        3,
        (context, backends) -> {
          backends.answers(status(500), RESET);
          post(context).header("Idempotency-Key", "7").retrieve().toBodilessEntity();
          assertThat(backends.requests).hasValue(3);
          assertThat(backends.received)
              .allSatisfy(
                  request -> assertThat(requireNonNull(request.getBody()).utf8()).isEqualTo("x"));
          backends.requests.set(0);
          post(context)
              .attribute(LoadBalancers.CONTEXT, CallContext.idempotent())
              .retrieve()
              .toBodilessEntity();
          assertThat(backends.requests).hasValue(3);
          backends.requests.set(0);
          assertThatThrownBy(
              () ->
                  post(context)
                      .header("Idempotency-Key", "7")
                      .attribute(LoadBalancers.CONTEXT, CallContext.once())
                      .retrieve()
                      .toBodilessEntity());
          assertThat(backends.requests).hasValue(1);
        });
  }

  private static RestClient.RequestBodySpec post(ApplicationContext context) {
    return client(context).post().uri("http://orders/").body("x");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "spring.http.clients.redirects=dont-follow",
        "evenkeel.defaults.failover.idempotent=true"
      })
  void aRejectedPostGoesElsewhere(String property) throws Exception {
    with(
        2,
        new String[] {property},
        (context, backends) -> {
          backends.answers(status(429));
          post(context).retrieve().toBodilessEntity();
          assertThat(backends.outcomes).containsExactly(Outcome.REJECTED, Outcome.SUCCESS);
        });
  }

  @Test
  void aPostWhoseRedirectIsRejectedIsDoneOnce() throws Exception {
    with(
        2,
        (context, backends) -> {
          backends.answers(
              status(303).newBuilder().addHeader("Location", "/17").build(), status(429));
          assertThatThrownBy(() -> post(context).retrieve().toBodilessEntity())
              .isInstanceOf(HttpClientErrorException.TooManyRequests.class);
          assertThat(backends.received)
              .extracting(RecordedRequest::getMethod)
              .containsExactly("POST", "GET");
        });
  }

  /** Nobody waits for the body of a response that is given up. */
  @Test
  void aFailureWhoseBodyStallsIsMadeGoodElsewhere() throws Exception {
    with(
        2,
        (context, backends) -> {
          backends.answers(
              new MockResponse.Builder()
                  .code(503)
                  .body("x".repeat(100_000))
                  .onResponseBody(SocketEffect.Stall.INSTANCE)
                  .build());
          assertThat(client(context).get().uri("http://orders/").retrieve().body(String.class))
              .isEqualTo("ok");
          assertThat(backends.outcomes).containsExactly(Outcome.FAILURE, Outcome.SUCCESS);
        });
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
                          "ordersOfAll",
                          EndpointSource.class,
                          () -> {
                            assertThat(context.getBean(RestClient.Builder.class)).isNotNull();
                            return EndpointSource.of(endpoint);
                          }))
          .run(
              context -> {
                assertThat(context).hasNotFailed();
                assertThat(
                        client(context)
                            .get()
                            .uri("http://ordersOfAll/")
                            .retrieve()
                            .body(String.class))
                    .isEqualTo("ok");
              });
    }
  }

  /** A redirect that is followed unseen may end where nobody listens, after it was processed. */
  @ParameterizedTest
  @CsvSource({"dont-follow,true", "follow,false", "follow-when-possible,false"})
  void aPostThatFoundNobodyGoesElsewhereIfNoRedirectCanHaveBeenFollowed(
      String redirects, boolean elsewhere) throws Exception {
    try (Backends backends = Backends.of(1)) {
      runner(
              backends,
              backends.property("127.0.0.1:" + closedPort() + " priority=0 id=closed")
                  + " priority=1",
              "evenkeel.services.orders.around.tiers.enabled=true",
              "spring.http.clients.redirects=" + redirects)
          .run(
              context -> {
                if (elsewhere) {
                  post(context).retrieve().toBodilessEntity();
                } else {
                  assertThatThrownBy(() -> post(context).retrieve().toBodilessEntity())
                      .isInstanceOf(ResourceAccessException.class);
                }
                assertThat(backends.requests).hasValue(elsewhere ? 1 : 0);
                assertThat(backends.outcomes.peek()).isEqualTo(Outcome.UNREACHABLE);
                client(context).get().uri("http://orders/").retrieve().toBodilessEntity();
                assertThat(inFlight(context)).isZero();
              });
    }
  }

  private static int closedPort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {501, 505, 508, 404})
  void whatWouldBeTheSameEverywhereIsNotRepeated(int code) throws Exception {
    with(
        3,
        (context, backends) -> {
          backends.answers((number, request) -> status(code));
          assertThatThrownBy(
              () -> client(context).get().uri("http://orders/").retrieve().toBodilessEntity());
          assertThat(backends.requests).hasValue(1);
        });
  }

  @Test
  void ifAllAttemptsFailTheLastResponseIsTheCallers() throws Exception {
    with(
        3,
        (context, backends) -> {
          backends.answers((number, request) -> status(500 + number));
          assertThatThrownBy(
                  () -> client(context).get().uri("http://orders/").retrieve().body(String.class))
              .isInstanceOfSatisfying(
                  HttpServerErrorException.class,
                  e -> {
                    assertThat(e.getStatusCode().value()).isEqualTo(501);
                    assertThat(e.getResponseBodyAsString()).isEqualTo("no");
                  });
          backends.requests.set(1);
          assertThatThrownBy(
                  () -> client(context).get().uri("http://orders/").retrieve().body(String.class))
              .hasMessageStartingWith("504");
        });
  }

  @Test
  void whereThereIsNoResponseTheCauseTellsOfEveryAttempt() throws Exception {
    with(
        2,
        (context, backends) -> {
          backends.answers((number, request) -> RESET);
          assertThatThrownBy(
                  () -> client(context).get().uri("http://orders/").retrieve().toBodilessEntity())
              .isInstanceOf(ResourceAccessException.class)
              .hasMessageContaining("http://orders/")
              .rootCause()
              .isInstanceOf(IOException.class);
          Throwable thrown =
              org.assertj.core.api.Assertions.catchThrowable(
                  () -> client(context).get().uri("http://orders/").retrieve().toBodilessEntity());
          Throwable cause = requireNonNull(thrown.getCause()).getCause();
          assertThat(cause).isInstanceOf(FailoverException.class);
          assertThat(((FailoverException) cause).attempts()).hasSize(3);
          assertThat(NestedExceptionUtils.getRootCause(thrown)).isNotSameAs(cause);
        });
  }

  @Test
  void aRequestIsInFlightUntilItsResponseIsClosed() throws Exception {
    with(
        2,
        (context, backends) -> {
          ClientHttpResponse open =
              client(context).get().uri("http://orders/").exchange((request, r) -> r, false);
          assertThat(inFlight(context)).isEqualTo(1);
          assertThat(backends.outcomes).isEmpty();
          open.close();
          assertThat(inFlight(context)).isZero();
          assertThat(backends.outcomes).containsExactly(Outcome.SUCCESS);
          open.close();
          assertThat(backends.outcomes).hasSize(1);
        });
  }

  @Test
  void aBodyThatBreaksIsAFailure() throws Exception {
    with(
        1,
        (context, backends) -> {
          backends.answers(
              new MockResponse.Builder()
                  .body("x".repeat(100_000))
                  .onResponseBody(new SocketEffect.CloseSocket())
                  .build());
          assertThatThrownBy(
              () -> client(context).get().uri("http://orders/").retrieve().body(String.class));
          assertThat(backends.outcomes).containsExactly(Outcome.FAILURE);
        });
  }

  @Test
  void anAttemptThatTakesTooLongIsMadeElsewhere() throws Exception {
    with(
        2,
        new String[] {"evenkeel.defaults.failover.attempt-timeout=1s"},
        (context, backends) -> {
          backends.answers(
              new MockResponse.Builder().onResponseStart(SocketEffect.Stall.INSTANCE).build());
          assertThat(client(context).get().uri("http://orders/").retrieve().body(String.class))
              .isEqualTo("ok");
          assertThat(backends.outcomes).containsExactly(Outcome.TIMEOUT, Outcome.SUCCESS);
          assertThat(Thread.interrupted()).isFalse();
        });
  }

  @Test
  void requestsOfOneKeyMeetOneEndpoint() throws Exception {
    with(
        3,
        new String[] {
          "evenkeel.services.orders.strategy=maglev",
          "evenkeel.services.orders.affinity.header=X-Account",
          "evenkeel.services.orders.affinity.cookie=session"
        },
        (context, backends) -> {
          List<Integer> kinds = new ArrayList<>();
          for (BiConsumer<RestClient.RequestHeadersSpec<?>, Integer> key :
              List.<BiConsumer<RestClient.RequestHeadersSpec<?>, Integer>>of(
                  (r, i) -> r.header("X-Account", "a"),
                  (r, i) -> r.header("Cookie", "a=b; session=s; c=d"),
                  (r, i) -> r.header("X-Account", "a" + i),
                  (r, i) -> r.header("Cookie", "xsession=s"))) {
            backends.endpoints.clear();
            for (int i = 0; i < 30; i++) {
              RestClient.RequestHeadersSpec<?> request =
                  client(context).get().uri("http://orders/");
              key.accept(request, i);
              request.retrieve().toBodilessEntity();
            }
            kinds.add(Set.copyOf(backends.endpoints).size());
          }
          assertThat(kinds).containsExactly(1, 1, 3, 3);
        });
  }

  @Test
  void endpointsAreToldHowLongTheCallMayTakeAndNobodyElseIs() throws Exception {
    with(
        2,
        new String[] {
          "evenkeel.defaults.failover.deadline=5s",
          "evenkeel.defaults.failover.deadline-header=X-Deadline"
        },
        (context, backends) -> {
          backends.answers(status(503));
          List<String> seen = new ArrayList<>();
          RestClient outer =
              context
                  .getBean(RestClient.Builder.class)
                  .requestInterceptors(
                      all ->
                          all.add(
                              0,
                              (request, body, execution) -> {
                                ClientHttpResponse response = execution.execute(request, body);
                                seen.addAll(request.getHeaders().getOrEmpty("X-Deadline"));
                                return response;
                              }))
                  .build();
          outer.get().uri("http://orders/").header("X-Deadline", "1").retrieve().toBodilessEntity();
          assertThat(seen).containsExactly("1");
          assertThat(backends.received).hasSize(2);
          for (RecordedRequest request : backends.received) {
            List<String> told = request.getHeaders().values("X-Deadline");
            assertThat(told).hasSize(1);
            assertThat(Long.parseLong(told.get(0))).isBetween(2L, 5000L);
          }
        });
  }

  @Test
  void otherInterceptorsSeeTheNameOfTheServiceOnce() throws Exception {
    List<String> seen = new ArrayList<>();
    try (Backends backends = Backends.of(2)) {
      backends.answers(status(503));
      runner(backends, backends.property())
          .withBean(
              RestClientCustomizer.class,
              () ->
                  client ->
                      client.requestInterceptor(
                          (request, body, execution) -> {
                            seen.add(request.getURI().toString());
                            return execution.execute(request, body);
                          }))
          .run(
              context -> {
                client(context).get().uri("http://orders/").retrieve().toBodilessEntity();
                assertThat(seen).containsExactly("http://orders/");
                assertThat(backends.outcomes).containsExactly(Outcome.FAILURE, Outcome.SUCCESS);
              });
    }
  }

  /** Names of services in a cluster are often the hosts of their endpoints. */
  @Test
  void anEndpointMayHaveTheNameOfAService() throws Exception {
    try (Backends backends = Backends.of(1)) {
      int port = backends.servers.get(0).getPort();
      runner(
              backends,
              "evenkeel.services.orders.endpoints=localhost:" + port,
              "evenkeel.services.localhost.endpoints=127.0.0.1:1")
          .run(
              context -> {
                client(context).get().uri("http://orders/").retrieve().toBodilessEntity();
                assertThat(backends.outcomes).containsExactly(Outcome.SUCCESS);
              });
    }
  }

  @Test
  void restTemplatesAreBalanced() throws Exception {
    with(
        2,
        (context, backends) -> {
          backends.answers(status(500));
          String answer =
              context
                  .getBean(RestTemplateBuilder.class)
                  .build()
                  .getForObject("http://orders/", String.class);
          assertThat(answer).isEqualTo("ok");
          assertThat(backends.outcomes).containsExactly(Outcome.FAILURE, Outcome.SUCCESS);
        });
  }

  @Test
  void itCanBeSwitchedOff() throws Exception {
    try (Backends backends = Backends.of(1)) {
      runner(backends, backends.property(), "evenkeel.rest-client.enabled=false")
          .run(context -> assertThat(context).doesNotHaveBean(BalancingInterceptor.class));
      runner(backends, backends.property(), "evenkeel.enabled=false")
          .run(context -> assertThat(context).doesNotHaveBean(BalancingInterceptor.class));
    }
  }

  @Test
  void withoutRestClientItStarts() throws Exception {
    for (String missing :
        List.of("org.springframework.boot.restclient", "org.springframework.web")) {
      Contexts.orders()
          .withConfiguration(AutoConfigurations.of(RestClientBalancingAutoConfiguration.class))
          .withClassLoader(new FilteredClassLoader(missing))
          .run(
              context ->
                  assertThat(context)
                      .hasSingleBean(LoadBalancers.class)
                      .doesNotHaveBean("evenkeelBalancingInterceptor"));
    }
  }

  @Test
  void whatServersAskForIsRead() {
    org.springframework.http.HttpHeaders headers = new org.springframework.http.HttpHeaders();
    assertThat(HttpOutcomes.wishNanos(503, headers)).isEqualTo(-1);
    headers.set("Retry-After", "7");
    assertThat(HttpOutcomes.wishNanos(503, headers)).isEqualTo(7_000_000_000L);
    headers.set("Retry-After", "99999999999999999999");
    assertThat(HttpOutcomes.wishNanos(503, headers)).isEqualTo(-1);
    headers.set("Retry-After", "soon");
    assertThat(HttpOutcomes.wishNanos(503, headers)).isEqualTo(-1);
    headers.set("Date", "Sun, 22 Nov 2026 00:00:00 GMT");
    headers.set("Retry-After", "Sun, 22 Nov 2026 00:00:03 GMT");
    assertThat(HttpOutcomes.wishNanos(503, headers)).isEqualTo(3_000_000_000L);
    assertThat(HttpOutcomes.wishNanos(501, headers)).isEqualTo(-2);
  }
}
