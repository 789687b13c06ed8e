package io.evenkeel.lb.spring;

import static io.evenkeel.lb.spring.Backends.status;
import static io.evenkeel.lb.spring.WebClients.NO_ANSWER;
import static io.evenkeel.lb.spring.WebClients.RESET;
import static io.evenkeel.lb.spring.WebClients.await;
import static io.evenkeel.lb.spring.WebClients.client;
import static io.evenkeel.lb.spring.WebClients.closedPort;
import static io.evenkeel.lb.spring.WebClients.inFlight;
import static io.evenkeel.lb.spring.WebClients.runner;
import static io.evenkeel.lb.spring.WebClients.with;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.EndpointSource;
import io.evenkeel.lb.LoadMeter;
import io.evenkeel.lb.LoadMetric;
import io.evenkeel.lb.LoadReport;
import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.failover.CallContext;
import io.evenkeel.lb.failover.FailoverException;
import io.evenkeel.lb.strategy.LeastLoad;
import io.netty.channel.ChannelException;
import io.netty.handler.timeout.ReadTimeoutException;
import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
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
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.webclient.WebClientCustomizer;
import org.springframework.context.ApplicationContext;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.http.HttpMethod;
import org.springframework.web.reactive.function.client.ClientRequest;
import org.springframework.web.reactive.function.client.ClientResponse;
import org.springframework.web.reactive.function.client.WebClient;
import org.springframework.web.reactive.function.client.WebClientRequestException;
import org.springframework.web.reactive.function.client.WebClientResponseException;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import reactor.netty.channel.AbortedException;

/** What WebClient does with the names of services. */
@Timeout(60)
class WebClientTest {
  private static String get(ApplicationContext context) {
    return requireNonNull(
        client(context).get().uri("http://orders/").retrieve().bodyToMono(String.class).block());
  }

  private static void send(WebClient.RequestHeadersSpec<?> request) {
    request.retrieve().toBodilessEntity().block();
  }

  private static WebClient.RequestHeadersSpec<?> post(ApplicationContext context) {
    return client(context).post().uri("http://orders/").bodyValue("x");
  }

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

  @ParameterizedTest
  @ValueSource(strings = {"GET", "HEAD", "OPTIONS", "PUT", "DELETE"})
  void whatIsIdempotentIsTriedElsewhere(String method) throws Exception {
    with(
        "reactor",
        3,
        (context, backends) -> {
          backends.answers(RESET, status(503));
          send(client(context).method(HttpMethod.valueOf(method)).uri("http://orders/"));
          assertThat(backends.outcomes)
              .containsExactly(Outcome.FAILURE, Outcome.FAILURE, Outcome.SUCCESS);
          assertThat(Set.copyOf(backends.endpoints)).as("distinct").hasSize(3);
        });
  }

  @ParameterizedTest
  @ValueSource(strings = {"reactor", "jdk"})
  void aPostThatMayHaveBeenProcessedIsNotRepeated(String connector) throws Exception {
    for (MockResponse answer : List.of(status(500), RESET)) {
      with(
          connector,
          3,
          (context, backends) -> {
            backends.answers((number, request) -> answer);
            assertThatThrownBy(() -> send(post(context)));
            assertThat(backends.requests).hasValue(1);
            assertThat(backends.outcomes).containsExactly(Outcome.FAILURE);
          });
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"reactor", "jdk"})
  void aPostIsRepeatedIfItSaysThatItMayBe(String connector) throws Exception {
    with(
        connector,
        3,
        (context, backends) -> {
          backends.answers(status(500), RESET);
          send(post(context).header("Idempotency-Key", "7"));
          assertThat(backends.requests).hasValue(3);
          assertThat(backends.received)
              .allSatisfy(
                  request -> {
                    assertThat(requireNonNull(request.getBody()).utf8()).isEqualTo("x");
                    assertThat(request.getHeaders().values("Content-Length")).containsExactly("1");
                    assertThat(request.getHeaders().values("Content-Type"))
                        .containsExactly("text/plain;charset=UTF-8");
                  });
          backends.requests.set(0);
          send(post(context).attribute(LoadBalancers.CONTEXT, CallContext.idempotent()));
          assertThat(backends.requests).hasValue(3);
          backends.requests.set(0);
          assertThatThrownBy(
              () ->
                  send(
                      post(context)
                          .header("Idempotency-Key", "7")
                          .attribute(LoadBalancers.CONTEXT, CallContext.once())));
          assertThat(backends.requests).hasValue(1);
        });
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "spring.http.clients.redirects=dont-follow",
        "evenkeel.defaults.failover.idempotent=true"
      })
  void aRejectedPostGoesElsewhere(String property) throws Exception {
    with(
        "reactor",
        2,
        new String[] {property},
        (context, backends) -> {
          backends.answers(status(429));
          send(post(context));
          assertThat(backends.outcomes).containsExactly(Outcome.REJECTED, Outcome.SUCCESS);
        });
  }

  @ParameterizedTest
  @ValueSource(strings = {"reactor", "jdk"})
  void aPostWhoseRedirectIsRejectedIsDoneOnce(String connector) throws Exception {
    with(
        connector,
        2,
        (context, backends) -> {
          backends.answers(
              status(303).newBuilder().addHeader("Location", "/17").build(), status(429));
          // Without a body, which Reactor Netty would send with the GET as well.
          assertThatThrownBy(() -> send(client(context).post().uri("http://orders/")))
              .isInstanceOf(WebClientResponseException.TooManyRequests.class);
          assertThat(backends.received)
              .extracting(RecordedRequest::getMethod)
              .containsExactly("POST", "GET");
        });
  }

  /** A redirect that is followed unseen may end where nobody listens, after it was processed. */
  @ParameterizedTest
  @CsvSource({
    "reactor,dont-follow,true",
    "jdk,dont-follow,true",
    "reactor,follow,false",
    "reactor,follow-when-possible,false"
  })
  void aPostThatFoundNobodyGoesElsewhereIfNoRedirectCanHaveBeenFollowed(
      String connector, String redirects, boolean elsewhere) throws Exception {
    try (Backends backends = Backends.of(1)) {
      runner(
              backends,
              backends.property("127.0.0.1:" + closedPort() + " priority=0 id=closed")
                  + " priority=1",
              "evenkeel.services.orders.around.tiers.enabled=true",
              "spring.http.clients.reactive.connector=" + connector,
              "spring.http.clients.redirects=" + redirects)
          .run(
              context -> {
                if (elsewhere) {
                  send(post(context));
                  assertThat(requireNonNull(backends.received.peek()).getBody())
                      .extracting(body -> requireNonNull(body).utf8())
                      .isEqualTo("x");
                } else {
                  assertThatThrownBy(() -> send(post(context)))
                      .isInstanceOf(WebClientRequestException.class);
                }
                assertThat(backends.requests).hasValue(elsewhere ? 1 : 0);
                assertThat(backends.outcomes.peek()).isEqualTo(Outcome.UNREACHABLE);
                send(client(context).get().uri("http://orders/"));
                assertThat(inFlight(context)).isZero();
              });
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {501, 505, 508, 404})
  void whatWouldBeTheSameEverywhereIsNotRepeated(int code) throws Exception {
    with(
        "reactor",
        3,
        (context, backends) -> {
          backends.answers((number, request) -> status(code));
          assertThatThrownBy(() -> get(context));
          assertThat(backends.requests).hasValue(1);
        });
  }

  @Test
  void ifAllAttemptsFailTheLastResponseIsTheCallers() throws Exception {
    with(
        "reactor",
        3,
        (context, backends) -> {
          backends.answers((number, request) -> status(501 + number));
          assertThatThrownBy(() -> get(context))
              .isInstanceOfSatisfying(
                  WebClientResponseException.class,
                  e -> {
                    assertThat(e.getStatusCode().value()).isEqualTo(504);
                    assertThat(e.getResponseBodyAsString()).isEqualTo("no");
                  });
          assertThat(backends.outcomes)
              .containsExactly(Outcome.FAILURE, Outcome.FAILURE, Outcome.FAILURE);
        });
  }

  @ParameterizedTest
  @ValueSource(strings = {"reactor", "jdk"})
  void whereThereIsNoResponseTheCauseTellsOfEveryAttempt(String connector) throws Exception {
    with(
        connector,
        2,
        (context, backends) -> {
          backends.answers((number, request) -> RESET);
          Throwable thrown = catchThrowable(() -> get(context));
          assertThat(thrown).isInstanceOf(WebClientRequestException.class);
          assertThat(((WebClientRequestException) thrown).getUri())
              .isEqualTo(URI.create("http://orders/"));
          assertThat(thrown).cause().isInstanceOf(IOException.class);
          assertThat(thrown)
              .cause()
              .cause()
              .isInstanceOfSatisfying(
                  FailoverException.class, e -> assertThat(e.attempts()).hasSize(3));
        });
  }

  @Test
  void anEndpointThatAsksToBeSparedIs() throws Exception {
    with(
        "reactor",
        1,
        (context, backends) -> {
          backends.answers(status(503).newBuilder().addHeader("Retry-After", "1").build());
          long begin = System.nanoTime();
          assertThat(get(context)).isEqualTo("ok");
          assertThat(System.nanoTime() - begin).isGreaterThan(990_000_000L);
        });
  }

  @ParameterizedTest
  @ValueSource(strings = {"reactor", "jdk"})
  void anAttemptThatTakesTooLongIsMadeElsewhere(String connector) throws Exception {
    with(
        connector,
        2,
        new String[] {"evenkeel.defaults.failover.attempt-timeout=1s"},
        (context, backends) -> {
          backends.answers(NO_ANSWER);
          assertThat(get(context)).isEqualTo("ok");
          assertThat(backends.outcomes).containsExactly(Outcome.TIMEOUT, Outcome.SUCCESS);
        });
  }

  @Test
  void theDeadlineHoldsForAllAttempts() throws Exception {
    with(
        "reactor",
        2,
        new String[] {
          "evenkeel.defaults.failover.deadline=1s", "evenkeel.defaults.failover.attempts=100"
        },
        (context, backends) -> {
          backends.answers((number, request) -> NO_ANSWER);
          assertThat(catchThrowable(() -> get(context)))
              .isInstanceOf(WebClientRequestException.class)
              .cause()
              .cause()
              .isInstanceOfSatisfying(
                  FailoverException.class,
                  e -> assertThat(e.reason()).isEqualTo(FailoverException.Reason.DEADLINE));
        });
  }

  @Test
  void aReadTimeoutOfTheClientIsATimeout() throws Exception {
    with(
        "reactor",
        2,
        new String[] {"spring.http.clients.read-timeout=500ms"},
        (context, backends) -> {
          backends.answers(NO_ANSWER);
          assertThat(get(context)).isEqualTo("ok");
          assertThat(backends.outcomes).containsExactly(Outcome.TIMEOUT, Outcome.SUCCESS);
        });
  }

  @Test
  void exceptionsOfNettyAreKnown() {
    assertThat(ClientFailures.of(new RuntimeException(ReadTimeoutException.INSTANCE)))
        .isEqualTo(Outcome.TIMEOUT);
    assertThat(ClientFailures.of(AbortedException.beforeSend())).isEqualTo(Outcome.FAILURE);
    assertThat(ClientFailures.of(new ChannelException())).isEqualTo(Outcome.FAILURE);
    assertThat(ClientFailures.of(new IllegalStateException())).isEqualTo(Outcome.CANCELLED);
  }

  /** Whoever asks for a response is often a thread that must not wait. */
  @Test
  void whoSubscribesDoesNotWait() throws Exception {
    int calls = 40;
    Scheduler one = Schedulers.newSingle("subscriber");
    try {
      with(
          "reactor",
          2,
          (context, backends) -> {
            backends.answers((number, request) -> NO_ANSWER);
            var all =
                Flux.range(0, calls)
                    .map(i -> client(context).get().uri("http://orders/" + i))
                    .flatMap(request -> request.retrieve().bodyToMono(String.class), calls)
                    .subscribeOn(one)
                    .subscribe();
            await(() -> backends.requests.get() == calls);
            assertThat(inFlight(context)).isEqualTo(calls);
            all.dispose();
            await(() -> inFlight(context) == 0);
            assertThat(backends.outcomes).hasSize(calls).containsOnly(Outcome.CANCELLED);
          });
    } finally {
      one.dispose();
    }
  }

  @Test
  void aSlowGetIsHedged() throws Exception {
    with(
        "reactor",
        2,
        new String[] {
          "evenkeel.defaults.failover.attempt-timeout=30s",
          "evenkeel.defaults.failover.deadline=40s",
          "evenkeel.defaults.failover.hedging.delay=50ms",
          "evenkeel.defaults.failover.hedging.share=0.5"
        },
        (context, backends) -> {
          assertThat(get(context)).isEqualTo("ok");
          backends.requests.set(0);
          backends.outcomes.clear();
          backends.answers(NO_ANSWER);
          assertThat(get(context)).isEqualTo("ok");
          assertThat(backends.outcomes)
              .containsExactlyInAnyOrder(Outcome.CANCELLED, Outcome.SUCCESS);
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
          for (RecordedRequest request : backends.received) {
            List<String> told = request.getHeaders().values("X-Deadline");
            assertThat(told).hasSize(1);
            assertThat(Long.parseLong(told.get(0))).isBetween(2L, 5000L);
          }
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

  @Test
  void theMeterHearsWhatAResponseSaysOfTheLoad() throws Exception {
    Meter meter = new Meter();
    try (Backends backends = Backends.of(1)) {
      backends.answers(report(503, "TEXT cpu_utilization=0.5"), report(200, "JSON {"));
      runner(backends, backends.property())
          .withBean(
              "meter",
              BalancerCustomizer.class,
              () -> (service, balancer) -> balancer.strategy(LeastLoad.of(meter)))
          .run(
              context -> {
                get(context);
                get(context);
                assertThat(meter.heard)
                    .containsExactly(
                        "LoadReport[utilization=0.5]", "FAILURE", "SUCCESS", "SUCCESS");
              });
    }
  }

  @Test
  void theMeterHearsOfAWishThatComesWithTheLastResponse() throws Exception {
    Meter meter = new Meter();
    try (Backends backends = Backends.of(1)) {
      backends.answers(status(503).newBuilder().addHeader("Retry-After", "7").build());
      runner(backends, backends.property(), "evenkeel.defaults.failover.attempts=1")
          .withBean(
              "meter",
              BalancerCustomizer.class,
              () -> (service, balancer) -> balancer.strategy(LeastLoad.of(meter)))
          .run(
              context -> {
                assertThatThrownBy(() -> get(context));
                assertThat(meter.heard).containsExactly("spare for 7000000000 ns", "FAILURE");
              });
    }
  }

  private static MockResponse report(int code, String value) {
    return status(code).newBuilder().addHeader("endpoint-load-metrics", value).build();
  }

  private static final class Meter implements LoadMetric, LoadMeter {
    final Queue<String> heard = new ConcurrentLinkedQueue<>();

    @Override
    public LoadMeter newMeter(Endpoint endpoint, double typicalLoad, long nowNanos) {
      return this;
    }

    @Override
    public double load(int inFlight, long recentNanos) {
      return inFlight;
    }

    @Override
    public void record(Outcome outcome, long latencyNanos, long nowNanos) {
      heard.add(outcome.name());
    }

    @Override
    public void report(LoadReport report, int inFlight, long nowNanos) {
      heard.add(report.toString());
    }

    @Override
    public void pushback(long nanos, long nowNanos) {
      heard.add("spare for " + nanos + " ns");
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void anAttemptThatNobodyWaitsForIsCancelled(boolean tooLong) throws Exception {
    AtomicInteger begun = new AtomicInteger();
    AtomicInteger cancelled = new AtomicInteger();
    try (Backends backends = Backends.of(1)) {
      String limit = "evenkeel.defaults.failover.attempt-timeout=" + (tooLong ? "100ms" : "10s");
      runner(backends, backends.property(), limit, "evenkeel.defaults.failover.attempts=1")
          .run(
              context -> {
                WebClient client =
                    context
                        .getBean(WebClient.Builder.class)
                        .exchangeFunction(
                            request ->
                                Mono.<ClientResponse>never()
                                    .doOnSubscribe(subscription -> begun.incrementAndGet())
                                    .doOnCancel(cancelled::incrementAndGet))
                        .build();
                Disposable request =
                    client
                        .get()
                        .uri("http://orders/")
                        .retrieve()
                        .toBodilessEntity()
                        .subscribe(entity -> {}, thrown -> {});
                await(() -> begun.get() == 1);
                if (!tooLong) {
                  request.dispose();
                }
                await(() -> cancelled.get() == 1);
                await(() -> inFlight(context) == 0);
                assertThat(backends.outcomes)
                    .containsExactly(tooLong ? Outcome.TIMEOUT : Outcome.CANCELLED);
              });
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

  /** Nobody waits for the body of a response that is given up. */
  @ParameterizedTest
  @ValueSource(strings = {"reactor", "jdk"})
  void aFailureWhoseBodyStallsIsMadeGoodElsewhere(String connector) throws Exception {
    with(
        connector,
        2,
        (context, backends) -> {
          backends.answers(
              new MockResponse.Builder()
                  .code(503)
                  .body("x".repeat(100_000))
                  .onResponseBody(SocketEffect.Stall.INSTANCE)
                  .build());
          assertThat(get(context)).isEqualTo("ok");
          assertThat(backends.outcomes).containsExactly(Outcome.FAILURE, Outcome.SUCCESS);
        });
  }
}
