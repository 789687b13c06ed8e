package io.evenkeel.lb.okhttp;

import static io.evenkeel.lb.okhttp.FailoverRig.OK;
import static io.evenkeel.lb.okhttp.FailoverRig.status;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.failover.Failover;
import io.evenkeel.lb.failover.FailoverBuilder;
import io.evenkeel.lb.failover.Hedging;
import io.evenkeel.lb.failover.RetryBudget;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;
import mockwebserver3.MockResponse;
import mockwebserver3.MockWebServer;
import mockwebserver3.SocketEffect;
import okhttp3.Call;
import okhttp3.ConnectionPool;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import okhttp3.WebSocket;
import okhttp3.WebSocketListener;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests that are made elsewhere as well while they have no answer. */
@Timeout(60)
class HedgedTest {
  private static final Request GET = Rig.get("http://orders/a");

  /** Longer than any test waits. */
  private static final MockResponse NEVER = OK.newBuilder().headersDelay(1, TimeUnit.HOURS).build();

  private static final Hedging SOON = Hedging.after(Duration.ofMillis(20), 0.5);

  private static UnaryOperator<FailoverBuilder> hedging(UnaryOperator<FailoverBuilder> settings) {
    return failover ->
        settings
            .apply(failover.hedging(SOON).attemptTimeout(Duration.ofSeconds(30)))
            .deadline(Duration.ofSeconds(40));
  }

  private static FailoverRig rig(int servers) {
    return FailoverRig.of(servers, hedging(failover -> failover));
  }

  /** Requests that are made as hedged ones are, but none is. */
  private static FailoverRig unhurried(int servers) {
    return FailoverRig.of(servers, f -> f.hedging(Hedging.after(Duration.ofDays(1), 0.5)));
  }

  private static FailoverRig rig(UnaryOperator<OkHttpClient.Builder> client) {
    return FailoverRig.of(Rig.of(2), hedging(failover -> failover), i -> i, client);
  }

  private static MockResponse late(int millis) {
    return OK.newBuilder().headersDelay(millis, TimeUnit.MILLISECONDS).build();
  }

  private static void assertEnded(FailoverRig rig, Outcome... expected) {
    List<Outcome> ended = new ArrayList<>();
    for (Outcome unused : expected) {
      ended.add(Rig.poll(rig.rig.outcomes));
    }
    assertThat(ended).containsExactlyInAnyOrder(expected);
    assertThat(rig.rig.outcomes).isEmpty();
    rig.rig.assertIdle();
  }

  @ParameterizedTest
  @EnumSource(names = {"HTTP_1_1", "H2_PRIOR_KNOWLEDGE"})
  void aRequestWithoutAnAnswerIsMadeElsewhereAndTheLoserIsCancelled(Protocol protocol)
      throws Exception {
    try (FailoverRig rig =
        FailoverRig.of(
            Rig.over(protocol, 2),
            hedging(failover -> failover),
            interceptor -> interceptor,
            client -> client.protocols(List.of(protocol)))) {
      rig.answers(NEVER);
      Response response = Rig.fetch(rig.client, GET);
      assertThat(response.code()).isEqualTo(200);
      assertThat(response.request().url()).hasToString("http://orders/a");
      assertThat(response.request().tag(Endpoint.class)).isNotNull();
      assertThat(rig.requests).hasValue(2);
      assertEnded(rig, Outcome.CANCELLED, Outcome.SUCCESS);
      Set<Endpoint> asked = new HashSet<>(rig.rig.ended);
      assertThat(asked).as("distinct endpoints").hasSize(2);
    }
  }

  @Test
  void theWinnerIsInFlightToTheEndOfItsBody() throws Exception {
    try (FailoverRig rig = rig(2).answers(NEVER, status(200))) {
      try (Response response = rig.client.newCall(GET).execute()) {
        assertThat(Rig.poll(rig.rig.outcomes)).isEqualTo(Outcome.CANCELLED);
        assertThat(rig.rig.inFlight()).isEqualTo(1);
        assertThat(response.body().string()).isEqualTo("no");
      }
      assertEnded(rig, Outcome.SUCCESS);
    }
  }

  @Test
  void aHedgeThatFailsDoesNotBeatTheFirst() throws Exception {
    try (FailoverRig rig = rig(2)) {
      CountDownLatch failed = new CountDownLatch(1);
      rig.answers((number, request) -> number == 1 ? after(failed) : failing(failed));
      assertThat(Rig.fetch(rig.client, GET).code()).isEqualTo(200);
      assertThat(rig.requests).hasValue(2);
      assertEnded(rig, Outcome.FAILURE, Outcome.SUCCESS);
    }
  }

  private static MockResponse after(CountDownLatch latch) {
    try {
      assertThat(latch.await(20, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
    return late(100);
  }

  private static MockResponse failing(CountDownLatch latch) {
    latch.countDown();
    return status(500);
  }

  @Test
  void ifBothFailTheCallGoesOnElsewhere() throws Exception {
    try (FailoverRig rig = rig(3)) {
      MockResponse lateFailure =
          status(503).newBuilder().headersDelay(300, TimeUnit.MILLISECONDS).build();
      rig.answers(lateFailure, status(500));
      assertThat(Rig.fetch(rig.client, GET).code()).isEqualTo(200);
      assertThat(rig.requests).hasValue(3);
      assertEnded(rig, Outcome.FAILURE, Outcome.FAILURE, Outcome.SUCCESS);
      assertThat(new HashSet<>(rig.rig.ended)).as("distinct endpoints").hasSize(3);
    }
  }

  /** It would be read by two threads at once. */
  @ParameterizedTest
  @ValueSource(strings = {"POST", "PUT", "DELETE"})
  void whatHasABodyIsNotHedged(String method) throws Exception {
    try (FailoverRig rig = rig(2).always(request -> late(200))) {
      Request request =
          new Request.Builder()
              .url("http://orders/a")
              .method(method, RequestBody.create("x", null))
              .build();
      assertThat(Rig.fetch(rig.client, request).code()).isEqualTo(200);
      assertThat(rig.requests).hasValue(1);
      assertEnded(rig, Outcome.SUCCESS);
    }
  }

  @Test
  void applicationInterceptorsSeeOneCallAndNetworkInterceptorsEachAttempt() throws Exception {
    AtomicInteger calls = new AtomicInteger();
    List<String> sent = new CopyOnWriteArrayList<>();
    try (FailoverRig rig =
        rig(
            client ->
                client
                    .addInterceptor(
                        chain -> {
                          calls.incrementAndGet();
                          return chain.proceed(
                              chain.request().newBuilder().header("X-User", "me").build());
                        })
                    .addNetworkInterceptor(
                        chain -> {
                          sent.add(String.valueOf(chain.request().header("X-User")));
                          return chain.proceed(chain.request());
                        }))) {
      rig.answers(NEVER);
      assertThat(Rig.fetch(rig.client, GET).code()).isEqualTo(200);
      assertThat(calls).hasValue(1);
      assertThat(sent).containsExactly("me", "me");
    }
  }

  @Test
  void toCancelTheCallEndsAllAttempts() throws Exception {
    try (FailoverRig rig = rig(2)) {
      CountDownLatch both = new CountDownLatch(2);
      rig.always(
          request -> {
            both.countDown();
            return NEVER;
          });
      Call call = rig.client.newCall(GET);
      ExecutorService thread = Executors.newSingleThreadExecutor();
      try {
        Future<Response> response = thread.submit(call::execute);
        assertThat(both.await(20, TimeUnit.SECONDS)).isTrue();
        call.cancel();
        assertThatThrownBy(response::get).hasRootCauseInstanceOf(IOException.class);
      } finally {
        thread.shutdown();
      }
      assertEnded(rig, Outcome.CANCELLED, Outcome.CANCELLED);
    }
  }

  @Test
  void toCancelTheCallEndsTheBody() throws Exception {
    try (FailoverRig rig =
        unhurried(2)
            .always(
                request ->
                    new MockResponse.Builder()
                        .body("x".repeat(1000))
                        .throttleBody(1, 1, TimeUnit.SECONDS)
                        .build())) {
      Call call = rig.client.newCall(GET);
      try (Response response = call.execute()) {
        call.cancel();
        assertThatThrownBy(() -> response.body().bytes()).isInstanceOf(IOException.class);
      }
      assertEnded(rig, Outcome.CANCELLED);
    }
  }

  @Test
  void aCallTimeoutEndsAllAttempts() throws Exception {
    try (FailoverRig rig = rig(2).always(request -> NEVER)) {
      OkHttpClient hurried = rig.client.newBuilder().callTimeout(Duration.ofMillis(500)).build();
      assertThatThrownBy(() -> Rig.fetch(hurried, GET)).hasMessage("timeout");
      for (int i = rig.requests.get(); i > 0; i--) {
        assertThat(Rig.poll(rig.rig.outcomes)).isEqualTo(Outcome.CANCELLED);
      }
    }
  }

  /** Its timer tells the endpoint, before to cancel it would say that nobody had waited. */
  @ParameterizedTest
  @EnumSource(names = {"HTTP_1_1", "H2_PRIOR_KNOWLEDGE"})
  void anAttemptThatTakesTooLongIsATimeoutOfItsEndpoint(Protocol protocol) throws Exception {
    try (FailoverRig rig =
        FailoverRig.of(
            Rig.over(protocol, 2),
            failover ->
                hedging(f -> f.attemptTimeout(Duration.ofMillis(500)))
                    .apply(failover)
                    .budget(RetryBudget.unlimited()),
            interceptor -> interceptor,
            client -> client.protocols(List.of(protocol)).readTimeout(Duration.ofSeconds(30)))) {
      rig.always(request -> NEVER);
      FailoverIOException thrown =
          catchThrowableOfType(FailoverIOException.class, () -> Rig.fetch(rig.client, GET));
      assertThat(thrown.failure().attempts()).hasSizeGreaterThan(1);
      Outcome[] timeouts = new Outcome[thrown.failure().attempts().size()];
      Arrays.fill(timeouts, Outcome.TIMEOUT);
      assertEnded(rig, timeouts);
    }
  }

  @Test
  void anAttemptThatTakesTooLongIsMadeElsewhereWithoutAHedge() throws Exception {
    Hedging never = Hedging.after(Duration.ofDays(1), 0.5);
    try (FailoverRig rig =
        FailoverRig.of(2, f -> f.hedging(never).attemptTimeout(Duration.ofSeconds(1)))) {
      rig.answers(NEVER);
      assertThat(Rig.fetch(rig.client, GET).code()).isEqualTo(200);
      assertEnded(rig, Outcome.TIMEOUT, Outcome.SUCCESS);
    }
  }

  @Test
  void interceptorsBehindOursSeeEachAttempt() throws Exception {
    AtomicInteger attempts = new AtomicInteger();
    BalancerInterceptor interceptor;
    try (FailoverRig rig = rig(2)) {
      interceptor =
          BalancerInterceptor.builder()
              .failover(
                  hedging(failover -> failover)
                      .apply(Failover.builder(rig.rig.orders).budget(RetryBudget.unlimited()))
                      .build())
              .build();
      OkHttpClient client =
          interceptor
              .install(new OkHttpClient.Builder())
              .addInterceptor(
                  chain -> {
                    attempts.incrementAndGet();
                    return chain.proceed(chain.request());
                  })
              .build();
      rig.answers(NEVER);
      assertThat(Rig.fetch(client, GET).code()).isEqualTo(200);
      assertThat(attempts).hasValue(2);
      client.connectionPool().evictAll();
    }
  }

  @Test
  void redirectsAreFollowedAsTheClientAllowsThatMadeTheCall() throws Exception {
    try (FailoverRig rig = unhurried(2);
        MockWebServer other = Rig.start(1, server -> server).get(0)) {
      other.enqueue(OK);
      rig.answers(
          status(302, "Location", "/b"),
          status(302, "Location", "http://127.0.0.1:" + other.getPort() + "/c"),
          status(302, "Location", "/b"));
      Response response = Rig.fetch(rig.client, GET);
      assertThat(response.code()).isEqualTo(200);
      assertThat(response.request().url().encodedPath()).isEqualTo("/c");
      assertThat(other.getRequestCount()).isEqualTo(1);
      OkHttpClient obedient = rig.client.newBuilder().followRedirects(false).build();
      assertThat(Rig.fetch(obedient, GET).code()).isEqualTo(302);
      assertThat(rig.requests).hasValue(3);
    }
  }

  @Test
  void aClientMadeFromThisOneHasItsOwnPool() throws Exception {
    try (FailoverRig rig = rig(2)) {
      rig.answers(NEVER);
      ConnectionPool pool = new ConnectionPool();
      OkHttpClient own = rig.client.newBuilder().connectionPool(pool).build();
      assertThat(Rig.fetch(own, GET).code()).isEqualTo(200);
      assertThat(pool.connectionCount()).isPositive();
      assertThat(rig.client.connectionPool().connectionCount()).isZero();
      pool.evictAll();
    }
  }

  /** Servers close idle connections; who meets one needs no budget. */
  @Test
  void aStaleConnectionCostsNothing() throws Exception {
    RetryBudget none = RetryBudget.ofRate(0, Duration.ofSeconds(10));
    none.take(0);
    try (FailoverRig rig =
        FailoverRig.of(1, f -> f.hedging(Hedging.after(Duration.ofDays(1), 0.5)).budget(none))) {
      MockResponse closes = OK.newBuilder().onResponseEnd(new SocketEffect.CloseSocket()).build();
      rig.always(request -> closes);
      for (int i = 0; i < 5; i++) {
        assertThat(Rig.fetch(rig.client, GET).code()).isEqualTo(200);
      }
      assertThat(rig.rig.outcomes).doesNotContain(Outcome.FAILURE, Outcome.UNREACHABLE);
    }
  }

  @Test
  void aWebSocketIsTheCallsOwn() throws Exception {
    try (FailoverRig rig = rig(1)) {
      CompletableFuture<String> message = new CompletableFuture<>();
      rig.always(
          request ->
              new MockResponse.Builder()
                  .webSocketUpgrade(
                      new WebSocketListener() {
                        @Override
                        public void onOpen(WebSocket socket, Response response) {
                          socket.send("hello");
                          socket.close(1000, null);
                        }
                      })
                  .build());
      rig.client.newWebSocket(
          GET,
          new WebSocketListener() {
            @Override
            public void onMessage(WebSocket socket, String text) {
              message.complete(text);
            }

            @Override
            public void onFailure(WebSocket socket, Throwable thrown, @Nullable Response response) {
              message.completeExceptionally(thrown);
            }
          });
      assertThat(message.get(20, TimeUnit.SECONDS)).isEqualTo("hello");
    }
  }

  /** Answers, failures, hedges and callers that give up, all at once: nothing is left. */
  @Test
  void noneIsInFlightAndNoConnectionInUseInTheEnd() throws Exception {
    SplittableRandom random = new SplittableRandom(3);
    List<MockResponse> answers =
        List.of(OK, late(30), late(60), status(500), late(20), status(503), late(25));
    try (FailoverRig rig =
        FailoverRig.of(
            3, failover -> hedging(f -> f).apply(failover).budget(RetryBudget.unlimited()))) {
      AtomicInteger number = new AtomicInteger();
      rig.always(request -> answers.get(number.getAndIncrement() % answers.size()));
      ExecutorService threads = Executors.newFixedThreadPool(8);
      List<Future<?>> all = new ArrayList<>();
      for (int i = 0; i < 400; i++) {
        Call call = rig.client.newCall(GET);
        boolean cancels = random.nextInt(4) == 0;
        all.add(threads.submit(() -> fetch(call)));
        if (cancels) {
          all.add(threads.submit(call::cancel));
        }
      }
      threads.shutdown();
      for (Future<?> each : all) {
        each.get(40, TimeUnit.SECONDS);
      }
      await(() -> rig.rig.inFlight() == 0);
      ConnectionPool pool = rig.client.connectionPool();
      await(() -> pool.connectionCount() == pool.idleConnectionCount());
      await(() -> rig.client.dispatcher().runningCallsCount() == 0);
    }
  }

  private static void fetch(Call call) {
    try (Response response = call.execute()) {
      assertThat(response.body().bytes()).isNotNull();
    } catch (IOException e) {
      assertThat(call.isCanceled()).as(e.toString()).isTrue();
    }
  }

  private static void await(BooleanSupplier holds) {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (!holds.getAsBoolean()) {
      assertThat(System.nanoTime() - deadline).as("nanoseconds too late").isNegative();
      Thread.onSpinWait();
    }
  }
}
