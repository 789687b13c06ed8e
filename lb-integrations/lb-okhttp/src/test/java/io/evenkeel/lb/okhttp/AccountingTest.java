package io.evenkeel.lb.okhttp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evenkeel.lb.BalancerEvent;
import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.testkit.FakeTicker;
import io.evenkeel.lb.testkit.ManualScheduler;
import java.io.File;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import mockwebserver3.MockResponse;
import mockwebserver3.SocketEffect;
import okhttp3.Cache;
import okhttp3.CacheControl;
import okhttp3.Credentials;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import okhttp3.WebSocket;
import okhttp3.WebSocketListener;
import okio.BufferedSink;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** When a request ends for its endpoint, and as what. */
class AccountingTest {
  private static final String LONG = "x".repeat(100_000);
  private static final MockResponse.Builder OK = new MockResponse.Builder().body(LONG);

  @Test
  void aRequestIsInFlightUntilItsBodyIsRead() throws Exception {
    try (Rig rig = Rig.of(1)) {
      rig.enqueue(OK);
      Response response = rig.client().newCall(Rig.get("http://orders/")).execute();
      assertThat(rig.inFlight()).isEqualTo(1);
      response.body().source().skip(50_000);
      assertThat(rig.inFlight()).isEqualTo(1);
      response.body().source().readByteString();
      rig.assertEnded(Outcome.SUCCESS);
      response.close();
      rig.assertEnded(); // not twice
    }
  }

  @Test
  void aRequestIsInFlightUntilItsUnreadBodyIsClosed() throws Exception {
    try (Rig rig = Rig.of(1)) {
      rig.enqueue(OK);
      Response response = rig.client().newCall(Rig.get("http://orders/")).execute();
      assertThat(rig.inFlight()).isEqualTo(1);
      response.close();
      rig.assertEnded(Outcome.SUCCESS);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "200, SUCCESS",
    "204, SUCCESS",
    "404, SUCCESS",
    "401, SUCCESS",
    "408, SUCCESS",
    "429, REJECTED",
    "500, FAILURE",
    "503, FAILURE",
    "599, FAILURE"
  })
  void theStatusDecides(int code, Outcome expected) throws Exception {
    try (Rig rig = Rig.of(1)) {
      rig.enqueue(new MockResponse.Builder().code(code));
      assertThat(Rig.fetch(rig.client(), "http://orders/").code()).isEqualTo(code);
      rig.assertEnded(expected);
    }
  }

  @Test
  void aHeadRequestHasNoBodyToWaitFor() throws Exception {
    try (Rig rig = Rig.of(1)) {
      rig.enqueue(new MockResponse.Builder().clearHeaders().addHeader("Content-Length", "100"));
      Request head = Rig.get("http://orders/").newBuilder().head().build();
      Response response = rig.client().newCall(head).execute();
      response.close();
      rig.assertEnded(Outcome.SUCCESS);
    }
  }

  @Test
  void anExpectationThatIsRefusedEndsTheRequest() throws Exception {
    try (Rig rig = Rig.of(1)) {
      rig.enqueue(new MockResponse.Builder().code(417).body("no").doNotReadRequestBody());
      Request request =
          Rig.post("http://orders/", "x").newBuilder().header("Expect", "100-continue").build();
      assertThat(Rig.fetch(rig.client(), request).code()).isEqualTo(417);
      rig.assertEnded(Outcome.SUCCESS);
    }
  }

  static List<UnaryOperator<MockResponse.Builder>> cuts() {
    SocketEffect close = new SocketEffect.CloseSocket();
    return List.of(
        response -> response.body(LONG).onResponseBody(close),
        response -> response.chunkedBody(LONG, 1000).onResponseBody(close),
        response -> response.body(LONG).setHeader("Content-Length", 200_000).onResponseEnd(close));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2})
  void aBodyThatIsCutShortIsAFailure(int cut) throws Exception {
    try (Rig rig = Rig.of(1)) {
      rig.enqueue(cuts().get(cut).apply(new MockResponse.Builder()));
      assertThatThrownBy(() -> Rig.fetch(rig.client(), "http://orders/"))
          .isInstanceOf(IOException.class);
      rig.assertEnded(Outcome.FAILURE);
    }
  }

  /** Each with a server of its own, which may still hold the effect when its client goes on. */
  @ParameterizedTest
  @CsvSource({"7, REJECTED", "2, FAILURE"})
  void aStreamThatIsResetIsAFailureAndOneThatIsRefusedIsRejected(int errorCode, Outcome expected)
      throws Exception {
    try (Rig rig = Rig.of(1)) {
      OkHttpClient client = overHttp2(rig);
      rig.enqueue(
          new MockResponse.Builder().onRequestStart(new SocketEffect.CloseStream(errorCode)));
      assertThatThrownBy(() -> Rig.fetch(client, "http://orders/"))
          .hasMessageStartingWith("stream was reset");
      rig.assertEnded(expected);
    }
  }

  @Test
  void aStreamThatIsResetInItsBodyIsAFailure() throws Exception {
    try (Rig rig = Rig.of(1)) {
      OkHttpClient client = overHttp2(rig);
      rig.enqueue(OK.clone().onResponseBody(new SocketEffect.CloseStream(2)));
      assertThatThrownBy(() -> Rig.fetch(client, "http://orders/")).isInstanceOf(IOException.class);
      rig.assertEnded(Outcome.FAILURE);
    }
  }

  /** A client that has a connection. */
  private static OkHttpClient overHttp2(Rig rig) throws Exception {
    List<Protocol> http2 = List.of(Protocol.H2_PRIOR_KNOWLEDGE);
    rig.server().setProtocols(http2);
    OkHttpClient client = rig.client(builder -> builder.protocols(http2));
    rig.enqueue(OK);
    Rig.fetch(client, "http://orders/");
    rig.assertEnded(Outcome.SUCCESS);
    return client;
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aReadThatTakesTooLongIsATimeout(boolean beforeTheHeaders) throws Exception {
    try (Rig rig = Rig.of(1)) {
      SocketEffect stall = SocketEffect.Stall.INSTANCE;
      rig.enqueue(
          beforeTheHeaders ? OK.clone().onResponseStart(stall) : OK.clone().onResponseBody(stall));
      OkHttpClient client = rig.client(builder -> builder.readTimeout(Duration.ofMillis(200)));
      assertThatThrownBy(() -> Rig.fetch(client, "http://orders/"))
          .isInstanceOf(SocketTimeoutException.class);
      rig.assertEnded(Outcome.TIMEOUT);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aCallThatRunsIntoItsDeadlineIsATimeout(boolean beforeTheHeaders) throws Exception {
    try (Rig rig = Rig.of(1)) {
      SocketEffect stall = SocketEffect.Stall.INSTANCE;
      rig.enqueue(
          beforeTheHeaders ? OK.clone().onResponseStart(stall) : OK.clone().onResponseBody(stall));
      OkHttpClient client = rig.client().newBuilder().callTimeout(Duration.ofMillis(300)).build();
      assertThatThrownBy(() -> Rig.fetch(client, "http://orders/"))
          .isInstanceOf(InterruptedIOException.class)
          .hasMessage("timeout");
      rig.assertEnded(Outcome.TIMEOUT);
    }
  }

  @Test
  void theClientsOwnFailureSaysNothingOfTheEndpoint() throws Exception {
    try (Rig rig = Rig.of(1)) {
      rig.enqueue(OK);
      rig.enqueue(OK);
      RequestBody broken =
          new RequestBody() {
            @Override
            public MediaType contentType() {
              return MediaType.get("text/plain");
            }

            @Override
            public void writeTo(BufferedSink sink) throws IOException {
              throw new IOException("no such file");
            }
          };
      OkHttpClient client = rig.client();
      Request request = new Request.Builder().url("http://orders/").post(broken).build();
      assertThatThrownBy(() -> Rig.fetch(client, request)).hasMessage("no such file");
      rig.assertEnded(Outcome.CANCELLED);
      OkHttpClient inner =
          client
              .newBuilder()
              .addInterceptor(
                  chain -> {
                    throw new IOException("no token");
                  })
              .build();
      assertThatThrownBy(() -> Rig.fetch(inner, "http://orders/")).hasMessage("no token");
      rig.assertEnded(Outcome.CANCELLED);
      OkHttpClient unchecked =
          client
              .newBuilder()
              .addNetworkInterceptor(
                  chain -> {
                    throw new IllegalStateException("a bug");
                  })
              .build();
      assertThatThrownBy(() -> Rig.fetch(unchecked, "http://orders/")).hasMessage("a bug");
      rig.assertEnded(Outcome.CANCELLED);
    }
  }

  @Test
  void anInterceptorThatMakesUpForAFailureDoesNotHideIt() throws Exception {
    try (Rig rig = Rig.of(1)) {
      rig.always(new MockResponse.Builder().onResponseStart(new SocketEffect.CloseSocket()));
      OkHttpClient client =
          rig.client(
              builder ->
                  builder.addInterceptor(
                      chain -> {
                        try {
                          return chain.proceed(chain.request());
                        } catch (IOException e) {
                          return new Response.Builder()
                              .request(chain.request())
                              .protocol(Protocol.HTTP_1_1)
                              .code(200)
                              .message("made up")
                              .build();
                        }
                      }));
      assertThat(Rig.fetch(client, "http://orders/").message()).isEqualTo("made up");
      rig.assertEnded(Outcome.FAILURE);
    }
  }

  @Test
  void aResponseThatNobodyClosesIsGivenUpAndSaysSo() throws Exception {
    ManualScheduler scheduler = new ManualScheduler(new FakeTicker());
    try (Rig rig =
        Rig.of(
            Rig.start(1, server -> server),
            endpoint -> endpoint,
            settings ->
                settings
                    .ticker(scheduler.ticker())
                    .scheduler(scheduler)
                    .leaseLimit(Duration.ofMinutes(1)))) {
      rig.enqueue(OK);
      Response forgotten = rig.client().newCall(Rig.get("http://orders/")).execute();
      scheduler.advance(Duration.ofSeconds(50));
      assertThat(rig.inFlight()).isEqualTo(1);
      scheduler.advance(Duration.ofSeconds(20));
      rig.assertEnded(Outcome.CANCELLED);
      assertThat(rig.events).hasAtLeastOneElementOfType(BalancerEvent.LeaseExpired.class);
      forgotten.close();
      rig.assertEnded(); // not twice
    }
  }

  @Test
  void whatTheCacheAnswersIsNotTheEndpointsSuccess(@TempDir File directory) throws Exception {
    try (Rig rig = Rig.of(2);
        Cache cache = new Cache(directory, 1 << 20)) {
      rig.always(new MockResponse.Builder().body("ok").addHeader("Cache-Control", "max-age=60"));
      OkHttpClient client = rig.client(builder -> builder.cache(cache));
      Rig.fetch(client, "http://orders/a");
      Rig.fetch(client, "http://orders/a");
      Rig.fetch(client, "http://orders/a");
      Request only =
          Rig.get("http://orders/b").newBuilder().cacheControl(CacheControl.FORCE_CACHE).build();
      assertThat(Rig.fetch(client, only).code()).isEqualTo(504);
      assertThat(cache.hitCount()).as("one entry for all endpoints").isEqualTo(2);
      rig.assertEnded(Outcome.SUCCESS, Outcome.CANCELLED, Outcome.CANCELLED, Outcome.CANCELLED);
    }
  }

  @Test
  void anEntryThatAnEndpointConfirmsIsItsSuccess(@TempDir File directory) throws Exception {
    try (Rig rig = Rig.of(1);
        Cache cache = new Cache(directory, 1 << 20)) {
      rig.enqueue(new MockResponse.Builder().body("ok").addHeader("ETag", "\"1\""));
      rig.enqueue(new MockResponse.Builder().code(304));
      OkHttpClient client = rig.client(builder -> builder.cache(cache));
      Rig.fetch(client, "http://orders/a");
      assertThat(Rig.fetch(client, "http://orders/a").body().string()).isEqualTo("ok");
      assertThat(cache.hitCount()).isEqualTo(1);
      rig.assertEnded(Outcome.SUCCESS, Outcome.SUCCESS);
    }
  }

  @Test
  void anAuthenticatorsSecondRequestBelongsToTheFirst() throws Exception {
    try (Rig rig = Rig.of(2)) {
      for (int i = 0; i < 2; i++) {
        rig.servers.get(i).enqueue(new MockResponse.Builder().code(401).body("who").build());
        rig.servers.get(i).enqueue(OK.build());
      }
      OkHttpClient client =
          rig.client(
              builder ->
                  builder.authenticator(
                      (route, response) ->
                          response
                              .request()
                              .newBuilder()
                              .header("Authorization", Credentials.basic("a", "b"))
                              .build()));
      Response response = Rig.fetch(client, "http://orders/a");
      assertThat(response.code()).isEqualTo(200);
      assertThat(response.request().url()).hasToString("http://orders/a");
      assertThat(response.request().header("Authorization")).isNotNull();
      assertThat(response.request().header("Host")).isNull();
      rig.assertEnded(Outcome.SUCCESS);
    }
  }

  @Test
  void theHandshakeOfAWebSocketCountsAndTheTimeThatItIsOpenDoesNot() throws Exception {
    try (Rig rig = Rig.of(1)) {
      CountDownLatch closed = new CountDownLatch(2);
      rig.enqueue(
          new MockResponse.Builder()
              .webSocketUpgrade(
                  new WebSocketListener() {
                    @Override
                    public void onMessage(WebSocket socket, String text) {
                      socket.send(text + text);
                    }

                    @Override
                    public void onClosing(WebSocket socket, int code, String reason) {
                      socket.close(code, reason);
                      closed.countDown();
                    }
                  }));
      CountDownLatch answered = new CountDownLatch(1);
      WebSocket socket =
          rig.client()
              .newWebSocket(
                  Rig.get("http://orders/"),
                  new WebSocketListener() {
                    @Override
                    public void onMessage(WebSocket same, String text) {
                      answered.countDown();
                    }

                    @Override
                    public void onClosed(WebSocket same, int code, String reason) {
                      closed.countDown();
                    }
                  });
      socket.send("a");
      assertThat(answered.await(20, TimeUnit.SECONDS)).isTrue();
      rig.assertEnded(Outcome.SUCCESS);
      socket.close(1000, "done");
      assertThat(closed.await(20, TimeUnit.SECONDS)).isTrue();
      rig.assertEnded(); // not twice
    }
  }

  @Test
  void aUsersClassifierDecidesAndOneThatThrowsHarmsNothing() throws Exception {
    try (Rig rig = Rig.of(1)) {
      rig.always(new MockResponse.Builder().code(404).addHeader("Retry-After", "1"));
      OkHttpClient strict =
          BalancerInterceptor.builder()
              .balancer(rig.orders)
              .outcomes(response -> Outcome.FAILURE)
              .build()
              .install(new OkHttpClient.Builder())
              .build();
      Rig.fetch(strict, "http://orders/");
      rig.assertEnded(Outcome.FAILURE);
      OkHttpClient buggy =
          BalancerInterceptor.builder()
              .balancer(rig.orders)
              .outcomes(
                  response -> {
                    throw new IllegalStateException("a bug");
                  })
              .build()
              .install(new OkHttpClient.Builder())
              .build();
      assertThat(Rig.fetch(buggy, "http://orders/").code()).isEqualTo(404);
      rig.assertEnded(Outcome.SUCCESS);
      strict.connectionPool().evictAll();
      buggy.connectionPool().evictAll();
    }
  }
}
