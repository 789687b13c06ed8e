package io.evenkeel.lb.okhttp;

import static io.evenkeel.lb.okhttp.FailoverRig.OK;
import static io.evenkeel.lb.okhttp.FailoverRig.status;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.EndpointSource;
import io.evenkeel.lb.NoEndpointException;
import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.RequestContext;
import io.evenkeel.lb.failover.CallContext;
import io.evenkeel.lb.failover.Failover;
import io.evenkeel.lb.failover.FailoverException.Reason;
import io.evenkeel.lb.failover.RetryBudget;
import io.evenkeel.lb.strategy.Rendezvous;
import io.evenkeel.lb.strategy.RoundRobin;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import mockwebserver3.MockResponse;
import mockwebserver3.MockWebServer;
import mockwebserver3.RecordedRequest;
import mockwebserver3.SocketEffect;
import okhttp3.Headers;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import okio.BufferedSink;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is repeated, where, and what never is. */
@Timeout(60)
class FailoverTest {
  private static final MockResponse RESET =
      new MockResponse.Builder().onResponseStart(new SocketEffect.CloseSocket()).build();

  private static Request request(String method, String... headers) {
    boolean empty = method.equals("GET") || method.equals("HEAD");
    return new Request.Builder()
        .url("http://orders/a")
        .headers(Headers.of(headers))
        .method(method, empty ? null : RequestBody.create("x", null))
        .build();
  }

  @ParameterizedTest
  @ValueSource(strings = {"GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE", "QUERY"})
  void whatIsIdempotentIsTriedElsewhere(String method) throws Exception {
    try (FailoverRig rig = FailoverRig.of(3).answers(status(500), RESET)) {
      Response response = Rig.fetch(rig.client, request(method));
      assertThat(response.code()).isEqualTo(200);
      assertThat(rig.requests).hasValue(3);
      rig.rig.assertEnded(Outcome.FAILURE, Outcome.FAILURE, Outcome.SUCCESS);
      assertThat(ids(rig.rig)).as("distinct endpoints").hasSize(3);
    }
  }

  @Test
  void bug15ARetryNeverGoesToTheEndpointThatJustFailedWhileOthersAreFree() throws Exception {
    Rig servers =
        Rig.of(
            Rig.start(3, server -> server),
            endpoint -> endpoint,
            // By itself it would choose the same one each time.
            settings -> settings.strategy(Rendezvous.of()));
    try (FailoverRig rig =
        FailoverRig.of(servers, f -> f, i -> i.affinity(request -> 17), c -> c)
            .always(request -> status(503))) {
      for (int i = 0; i < 20; i++) {
        rig.rig.ended.clear();
        assertThat(Rig.fetch(rig.client, request("GET")).code()).isEqualTo(503);
        assertThat(ids(rig.rig)).hasSize(3);
      }
      assertThat(rig.requests).hasValue(60);
      rig.rig.assertIdle();
    }
  }

  @Test
  void ifAllAttemptsFailTheLastResponseIsTheCallers() throws Exception {
    try (FailoverRig rig =
        FailoverRig.of(5)
            .answers((number, request) -> status(503, "X-Number", Integer.toString(number)))) {
      Response response = Rig.fetch(rig.client, request("GET"));
      assertThat(response.header("X-Number")).isEqualTo("3");
      assertThat(response.body().string()).isEqualTo("no");
      assertThat(response.request().url()).hasToString("http://orders/a");
      rig.rig.assertIdle();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {501, 505, 506, 508, 510, 511, 404, 408})
  void whatWouldBeTheSameEverywhereIsNotRepeated(int code) throws Exception {
    try (FailoverRig rig = FailoverRig.of(3).always(request -> status(code))) {
      assertThat(Rig.fetch(rig.client, request("GET")).code()).isEqualTo(code);
      assertThat(rig.requests).hasValue(1);
      rig.rig.assertEnded(code >= 500 ? Outcome.FAILURE : Outcome.SUCCESS);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"POST", "PATCH"})
  void aPostThatMayHaveBeenProcessedIsNotRepeated(String method) throws Exception {
    try (FailoverRig rig = FailoverRig.of(3).always(request -> status(503, "Retry-After", "0"))) {
      assertThat(Rig.fetch(rig.client, request(method)).code()).isEqualTo(503);
      rig.always(request -> RESET);
      FailoverIOException e =
          catchThrowableOfType(
              FailoverIOException.class, () -> Rig.fetch(rig.client, request(method)));
      assertThat(e.failure().reason()).isEqualTo(Reason.NOT_REPEATABLE);
      assertThat(rig.requests).hasValue(2);
      rig.rig.assertEnded(Outcome.FAILURE, Outcome.FAILURE);
    }
  }

  @Test
  void anIdempotencyKeyLetsAPostBeRepeated() throws Exception {
    try (FailoverRig rig = FailoverRig.of(3).answers(status(503), RESET)) {
      Request request = request("POST", "Idempotency-Key", "17");
      assertThat(Rig.fetch(rig.client, request).code()).isEqualTo(200);
      assertThat(rig.requests).hasValue(3);
    }
  }

  @ParameterizedTest
  @CsvSource({"POST, true, 2", "GET, false, 1"})
  void whatTheRequestSaysItselfComesFirst(String method, boolean idempotent, int attempts)
      throws Exception {
    try (FailoverRig rig = FailoverRig.of(3).answers(status(503))) {
      CallContext context = CallContext.of(RequestContext.none()).idempotent(idempotent);
      Request request = request(method).newBuilder().tag(RequestContext.class, context).build();
      assertThat(Rig.fetch(rig.client, request).code()).isEqualTo(attempts == 2 ? 200 : 503);
      assertThat(rig.requests).hasValue(attempts);
    }
  }

  @Test
  void aRejectedPostGoesElsewhere() throws Exception {
    try (FailoverRig rig = FailoverRig.of(3).answers(status(429, "Retry-After", "9"))) {
      assertThat(Rig.fetch(rig.client, request("POST")).code()).isEqualTo(200);
      rig.rig.assertEnded(Outcome.REJECTED, Outcome.SUCCESS);
    }
  }

  @Test
  void aPostWhoseStreamWasRefusedGoesElsewhere() throws Exception {
    int refusedStream = 7;
    try (FailoverRig rig =
        FailoverRig.of(
            Rig.over(Protocol.H2_PRIOR_KNOWLEDGE, 2),
            failover -> failover,
            interceptor -> interceptor,
            client -> client.protocols(List.of(Protocol.H2_PRIOR_KNOWLEDGE)))) {
      rig.rig.enqueue(
          new MockResponse.Builder().onRequestStart(new SocketEffect.CloseStream(refusedStream)));
      for (MockWebServer server : rig.rig.servers) {
        server.enqueue(OK);
        server.enqueue(OK);
      }
      assertThat(Rig.fetch(rig.client, request("POST")).code()).isEqualTo(200);
      assertThat(Rig.fetch(rig.client, request("POST")).code()).isEqualTo(200);
      assertThat(rig.rig.outcomes).hasSize(3).containsOnlyOnce(Outcome.REJECTED);
    }
  }

  @Test
  void aPostThatFoundNoConnectionGoesElsewhere() throws Exception {
    int closed = closedPort();
    AtomicInteger number = new AtomicInteger();
    Rig servers =
        Rig.of(
            Rig.start(2, server -> server),
            endpoint ->
                number.getAndIncrement() == 0 ? Endpoint.builder("127.0.0.1", closed) : endpoint,
            settings -> settings);
    try (FailoverRig rig = FailoverRig.of(servers, f -> f, i -> i, c -> c).answers()) {
      for (int i = 0; i < 4; i++) {
        assertThat(Rig.fetch(rig.client, request("POST")).code()).isEqualTo(200);
      }
      assertThat(rig.requests).hasValue(4);
      assertThat(servers.outcomes).contains(Outcome.UNREACHABLE);
      servers.assertIdle();
    }
  }

  @Test
  void aBodyThatCanBeSentOnceIsRepeatedOnlyIfNothingOfItWasSent() throws Exception {
    try (FailoverRig rig = FailoverRig.of(2).answers(status(429), status(429))) {
      AtomicInteger written = new AtomicInteger();
      Request request = request("PUT").newBuilder().put(Rig.once(written)).build();
      assertThat(Rig.fetch(rig.client, request).code()).isEqualTo(429);
      assertThat(written).hasValue(1);
    }
    // With this, a server that turns the request away does so before there is a body.
    try (FailoverRig rig = FailoverRig.of(2)) {
      AtomicInteger written = new AtomicInteger();
      for (MockWebServer server : rig.rig.servers) {
        server.enqueue(status(429).newBuilder().doNotReadRequestBody().build());
        server.enqueue(OK.newBuilder().add100Continue().build());
      }
      Request request =
          request("PUT", "Expect", "100-continue").newBuilder().put(Rig.once(written)).build();
      assertThat(Rig.fetch(rig.client, request).code()).isEqualTo(200);
      assertThat(written).hasValue(1);
    }
  }

  @Test
  void whatIsTheClientsOwnEndsTheCallAsWithoutAFailover() throws Exception {
    try (FailoverRig rig = FailoverRig.of(3).answers()) {
      IOException own = new IOException("cannot be read");
      RequestBody broken =
          new RequestBody() {
            @Override
            public MediaType contentType() {
              return MediaType.get("text/plain");
            }

            @Override
            public void writeTo(BufferedSink sink) throws IOException {
              throw own;
            }
          };
      Request request = request("PUT").newBuilder().put(broken).build();
      assertThatThrownBy(() -> Rig.fetch(rig.client, request)).isSameAs(own);
      rig.rig.assertEnded(Outcome.CANCELLED);
    }
  }

  @Test
  void aCallThatIsCancelledIsNotRepeatedNorHeldAgainstTheEndpoint() throws Exception {
    try (FailoverRig rig = FailoverRig.of(3)) {
      List<okhttp3.Call> calls = new ArrayList<>();
      rig.always(
          request -> {
            calls.get(0).cancel();
            return RESET;
          });
      calls.add(rig.client.newCall(request("GET")));
      assertThatThrownBy(() -> calls.get(0).execute())
          .isInstanceOf(IOException.class)
          .isNotInstanceOf(FailoverIOException.class);
      rig.rig.assertEnded(Outcome.CANCELLED);
    }
  }

  @Test
  void aCallThatIsCancelledAsTheAnswerComesIsNotRepeated() throws Exception {
    try (FailoverRig rig =
        FailoverRig.of(
            Rig.of(3),
            f -> f,
            i -> i,
            client ->
                client.addNetworkInterceptor(
                    chain -> {
                      Response response = chain.proceed(chain.request());
                      chain.call().cancel();
                      return response;
                    }))) {
      rig.answers(status(503));
      assertThatThrownBy(() -> Rig.fetch(rig.client, request("GET"))).hasMessage("Canceled");
      assertThat(rig.requests).hasValue(1);
      rig.rig.assertEnded(Outcome.FAILURE);
    }
  }

  @Test
  void aFailureReachesTheCallerAsAnIoExceptionThatListsTheAttempts() throws Exception {
    try (FailoverRig rig = FailoverRig.of(2).always(request -> RESET)) {
      FailoverIOException e =
          catchThrowableOfType(
              FailoverIOException.class, () -> Rig.fetch(rig.client, request("GET")));
      assertThat(e.failure().attempts()).hasSize(3);
      assertThat(e)
          .hasMessage(e.failure().getMessage())
          .hasMessageStartingWith("orders: no more attempts allowed after 3 attempts: 127.0.0.1:")
          .hasMessageContaining("FAILURE after")
          .hasRootCauseInstanceOf(IOException.class);
      assertThat(e.getStackTrace()).isEmpty();
    }
  }

  @Test
  void withoutEndpointsItIsAsWithoutAFailover() throws Exception {
    try (Rig servers = Rig.of(1)) {
      servers.orders.close();
      try (FailoverRig rig = FailoverRig.of(servers, f -> f, i -> i, c -> c)) {
        assertThat(
                catchThrowableOfType(
                        NoEndpointIOException.class, () -> Rig.fetch(rig.client, request("GET")))
                    .reason())
            .isEqualTo(NoEndpointException.Reason.CLOSED);
      }
    }
  }

  @Test
  void theLastResponseIsReturnedWhenTheBudgetIsSpent() throws Exception {
    try (FailoverRig rig =
        FailoverRig.of(3, f -> f.budget(RetryBudget.ofRate(0, Duration.ofSeconds(10))))) {
      rig.always(request -> status(503));
      for (int i = 0; i < 3; i++) {
        assertThat(Rig.fetch(rig.client, request("GET")).code()).isEqualTo(503);
      }
      assertThat(rig.requests).as("one of the reserve").hasValue(4);
    }
  }

  @Test
  void aStaleConnectionIsNeitherHeldAgainstTheEndpointNorTakenFromTheBudget() throws Exception {
    RetryBudget none =
        new RetryBudget() {
          @Override
          public void begun(long nowNanos) {}

          @Override
          public boolean take(long nowNanos) {
            return false;
          }

          @Override
          public double available(long nowNanos) {
            return 0;
          }
        };
    try (FailoverRig rig = FailoverRig.of(2, f -> f.budget(none))) {
      MockResponse closes = OK.newBuilder().onResponseEnd(new SocketEffect.CloseSocket()).build();
      rig.answers(closes);
      for (int i = 0; i < 4; i++) {
        assertThat(Rig.fetch(rig.client, request("GET")).code()).isEqualTo(200);
      }
      assertThat(rig.rig.outcomes).hasSize(5).containsOnlyOnce(Outcome.CANCELLED);
      assertThat(rig.rig.outcomes).doesNotContain(Outcome.FAILURE);
      rig.rig.assertIdle();
    }
  }

  /** The server has closed it before; so it is not used, and nothing is lost. */
  @Test
  void aPostIsNotSentOnAPooledConnectionThatIsClosed() throws Exception {
    try (FailoverRig rig = FailoverRig.of(1)) {
      rig.answers(OK.newBuilder().onResponseEnd(new SocketEffect.CloseSocket()).build());
      Rig.fetch(rig.client, request("GET"));
      assertThat(Rig.fetch(rig.client, request("POST")).code()).isEqualTo(200);
      assertThat(Rig.fetch(rig.client, request("POST")).code()).isEqualTo(200);
      assertThat(rig.requests).hasValue(3);
      assertThat(Rig.connections(rig.rig.server())).isEqualTo(2);
      rig.rig.assertEnded(Outcome.SUCCESS, Outcome.CANCELLED, Outcome.SUCCESS, Outcome.SUCCESS);
    }
  }

  /** It breaks when the request is there. */
  @Test
  void aPostOnAPooledConnectionThatBreaksIsNotRepeated() throws Exception {
    try (FailoverRig rig = FailoverRig.of(1).answers(OK, RESET)) {
      Rig.fetch(rig.client, request("GET"));
      assertThatThrownBy(() -> Rig.fetch(rig.client, request("POST")))
          .isInstanceOf(FailoverIOException.class);
      assertThat(rig.requests).hasValue(2);
      rig.rig.assertEnded(Outcome.SUCCESS, Outcome.FAILURE);
    }
  }

  @Test
  void redirectsWithinTheServiceArePartOfTheAttempt() throws Exception {
    try (FailoverRig rig =
        FailoverRig.of(3)
            .answers(
                status(302, "Location", "/b"),
                status(500),
                status(302, "Location", "http://orders/b"))) {
      Response response = Rig.fetch(rig.client, request("GET"));
      assertThat(response.code()).isEqualTo(200);
      assertThat(response.request().url()).hasToString("http://orders/b");
      assertThat(Objects.requireNonNull(response.priorResponse()).code()).isEqualTo(302);
      assertThat(rig.requests).hasValue(4);
      rig.rig.assertEnded(Outcome.FAILURE, Outcome.SUCCESS);
      assertThat(ids(rig.rig)).hasSize(2);
    }
  }

  /** A redirect answers it: what fails then is the GET that it led to. */
  @ParameterizedTest
  @ValueSource(ints = {429, 503})
  void aPostThatWasRedirectedIsNotSentAgain(int code) throws Exception {
    try (FailoverRig rig = FailoverRig.of(3).answers(status(303, "Location", "/b"), status(code))) {
      assertThat(Rig.fetch(rig.client, request("POST")).code()).isEqualTo(code);
      assertThat(rig.requests).hasValue(2);
      assertThat(rig.bodies).containsEntry("x", 1);
    }
  }

  @Test
  void redirectsWithoutEndFailOnce() throws Exception {
    try (FailoverRig rig = FailoverRig.of(2).always(request -> status(302, "Location", "/again"))) {
      assertThatThrownBy(() -> Rig.fetch(rig.client, request("GET")))
          .hasMessage("Too many follow-up requests: 21");
      assertThat(rig.requests).hasValue(21);
      rig.rig.assertEnded(Outcome.SUCCESS);
    }
  }

  @Test
  void neitherARetryNorARedirectCarriesCredentialsToAnotherService() throws Exception {
    try (FailoverRig rig = FailoverRig.of(Rig.of(2), f -> f, i -> i, c -> c);
        Rig others = Rig.of(2);
        Balancer payments =
            Balancer.builder("payments")
                .source(
                    EndpointSource.of(
                        others.servers.stream()
                            .map(server -> Endpoint.of("127.0.0.1", server.getPort()))
                            .toArray(Endpoint[]::new)))
                .strategy(RoundRobin.of())
                .build()) {
      rig.answers(
          status(503), status(302, "Location", "http://payments/x"), status(503), status(503));
      others.server().enqueue(status(503));
      for (MockWebServer server : others.servers) {
        server.enqueue(OK);
      }
      OkHttpClient client =
          BalancerInterceptor.builder()
              .failover(Failover.of(rig.rig.orders), Failover.of(payments))
              .deadlineHeader("X-Deadline")
              .build()
              .install(new OkHttpClient.Builder())
              .build();
      Request request = request("GET", "Authorization", "secret");
      assertThat(Rig.fetch(client, request).code()).isEqualTo(200);
      int seen = 0;
      for (MockWebServer server : others.servers) {
        for (int i = server.getRequestCount(); i > 0; i--) {
          RecordedRequest received = server.takeRequest();
          assertThat(received.getHeaders().get("Authorization")).isNull();
          assertThat(received.getHeaders().get("Host")).isEqualTo("payments");
          assertThat(received.getHeaders().values("X-Deadline")).hasSize(1);
          seen++;
        }
      }
      assertThat(seen).isPositive();
      for (MockWebServer server : rig.rig.servers) {
        for (int i = server.getRequestCount(); i > 0; i--) {
          assertThat(server.takeRequest().getHeaders().get("Authorization")).isEqualTo("secret");
        }
      }
    }
  }

  @Test
  void theDeadlinesHeaderLeavesTheServiceByNoRedirect() throws Exception {
    try (FailoverRig rig =
            FailoverRig.of(Rig.of(1), f -> f, i -> i.deadlineHeader("X-Deadline"), c -> c);
        MockWebServer other = Rig.start(1, server -> server).get(0)) {
      other.enqueue(OK);
      rig.answers(status(302, "Location", "http://127.0.0.1:" + other.getPort() + "/x"));
      assertThat(Rig.fetch(rig.client, request("GET")).code()).isEqualTo(200);
      assertThat(rig.rig.server().takeRequest().getHeaders().get("X-Deadline")).isNotNull();
      assertThat(other.takeRequest().getHeaders().get("X-Deadline")).isNull();
    }
  }

  @Test
  void retryAfterIsWaitedForWhereThereIsNoOtherEndpointAndNeverPastTheDeadline() throws Exception {
    try (FailoverRig rig =
        FailoverRig.of(1).answers(status(503, "Retry-After", "1"), OK, status(503))) {
      long begun = System.nanoTime();
      assertThat(Rig.fetch(rig.client, request("GET")).code()).isEqualTo(200);
      assertThat(Duration.ofNanos(System.nanoTime() - begun))
          .isGreaterThanOrEqualTo(Duration.ofSeconds(1));
      for (String wish : List.of("60", "1" + "0".repeat(18))) {
        rig.requests.set(0);
        rig.always(request -> status(503, "Retry-After", wish));
        assertThat(Rig.fetch(rig.client, request("GET")).code()).isEqualTo(503);
        assertThat(rig.requests).as("attempts").hasValue(1);
      }
    }
  }

  @Test
  void oneClaimsAHost() {
    try (Rig rig = Rig.of(1)) {
      assertThatThrownBy(
              () ->
                  BalancerInterceptor.builder()
                      .balancer(rig.orders)
                      .failover(Failover.of(rig.orders)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("balancer: a second one named \"orders\" (expected: one for each host)");
    }
  }

  /** Servers that break connections, refuse and fail at random, under many threads. */
  @Test
  void noPostIsEverReceivedTwiceAndNothingStaysInFlight() throws Exception {
    int threads = 16;
    int calls = 60;
    try (FailoverRig rig = FailoverRig.of(5, f -> f.deadline(Duration.ofSeconds(20)))) {
      rig.answers(
          (number, request) ->
              switch (number * 7 % 10) {
                case 1 -> status(503);
                case 2 -> RESET;
                case 3 -> OK.newBuilder().onResponseEnd(new SocketEffect.CloseSocket()).build();
                case 4 -> OK.newBuilder().onResponseBody(new SocketEffect.CloseSocket()).build();
                default -> OK;
              });
      ExecutorService pool = Executors.newFixedThreadPool(threads);
      List<Future<Integer>> all = new ArrayList<>();
      for (int t = 0; t < threads; t++) {
        int thread = t;
        all.add(
            pool.submit(
                () -> {
                  int done = 0;
                  for (int i = 0; i < calls; i++) {
                    Request request =
                        i % 2 == 0
                            ? request("GET")
                            : Rig.post("http://orders/", "post-" + thread + "-" + i);
                    try {
                      done += Rig.fetch(rig.client, request).isSuccessful() ? 1 : 0;
                    } catch (IOException e) {
                      // As the servers have it.
                    }
                  }
                  return done;
                }));
      }
      int done = 0;
      for (Future<Integer> each : all) {
        done += each.get(50, TimeUnit.SECONDS);
      }
      pool.shutdown();
      assertThat(done).isGreaterThan(threads * calls / 2);
      assertThat(rig.bodies.entrySet())
          .filteredOn(entry -> entry.getKey().startsWith("post-"))
          .isNotEmpty()
          .allSatisfy(entry -> assertThat(entry.getValue()).as(entry.getKey()).isEqualTo(1));
      rig.rig.assertIdle();
    }
  }

  private static Set<String> ids(Rig rig) {
    return new TreeSet<>(rig.ended.stream().map(Endpoint::id).toList());
  }

  private static int closedPort() throws IOException {
    try (ServerSocket closed = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return closed.getLocalPort();
    }
  }
}
