package io.evenkeel.lb.okhttp;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.health.Verdict;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import mockwebserver3.MockResponse;
import mockwebserver3.MockWebServer;
import mockwebserver3.RecordedRequest;
import mockwebserver3.SocketEffect;
import okhttp3.OkHttpClient;
import okhttp3.tls.HandshakeCertificates;
import okhttp3.tls.HeldCertificate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class OkHttpHealthProbeTest {
  private static final Duration LIMIT = Duration.ofSeconds(15);
  private static final MockResponse.Builder OK = new MockResponse.Builder().body("ok");

  @Test
  void aProbeAsksTheEndpointItself() throws Exception {
    try (Rig rig = Rig.of(1)) {
      rig.enqueue(OK);
      assertThat(ask(OkHttpHealthProbe.of(rig.client(), "/health?deep=1"), rig))
          .isEqualTo(Verdict.up("status 200"));
      RecordedRequest asked = rig.server().takeRequest();
      assertThat(asked.getRequestLine()).isEqualTo("GET /health?deep=1 HTTP/1.1");
      assertThat(asked.getHeaders().get("Host")).isEqualTo("127.0.0.1:" + rig.server().getPort());
      assertThat(rig.outcomes).as("no request of the balancer").isEmpty();
      rig.assertIdle();
    }
  }

  @Test
  void methodHeadersAndNameMayBeSet() throws Exception {
    try (Rig rig = Rig.of(1)) {
      rig.enqueue(new MockResponse.Builder().code(204));
      OkHttpHealthProbe probe =
          OkHttpHealthProbe.builder(rig.client())
              .path("/up")
              .head()
              .header("Authorization", "Bearer x")
              .name("Orders.test.")
              .build();
      assertThat(ask(probe, rig)).isEqualTo(Verdict.up("status 204"));
      RecordedRequest asked = rig.server().takeRequest();
      assertThat(asked.getRequestLine()).isEqualTo("HEAD /up HTTP/1.1");
      assertThat(asked.getHeaders().get("Host")).isEqualTo("orders.test");
      assertThat(asked.getHeaders().get("Authorization")).isEqualTo("Bearer x");
    }
  }

  /** What the application's client adds is none of the endpoint's business. */
  @Test
  void theClientsInterceptorsAreNotUsed() throws Exception {
    AtomicInteger seen = new AtomicInteger();
    try (Rig rig = Rig.of(1)) {
      rig.enqueue(new MockResponse.Builder().code(401).addHeader("WWW-Authenticate", "Basic"));
      OkHttpClient client =
          rig.client(
              settings ->
                  settings
                      .addInterceptor(
                          chain -> {
                            seen.incrementAndGet();
                            return chain.proceed(chain.request());
                          })
                      .authenticator(
                          (route, response) -> {
                            seen.incrementAndGet();
                            return null;
                          }));
      assertThat(ask(OkHttpHealthProbe.of(client, "/"), rig).why()).startsWith("status 401");
      assertThat(seen).hasValue(0);
    }
  }

  @Test
  void otherStatusesAreDownAndNothingIsRepeatedOrFollowed() throws Exception {
    try (Rig rig = Rig.of(1)) {
      rig.enqueue(new MockResponse.Builder().code(302).addHeader("Location", "/other"));
      rig.enqueue(new MockResponse.Builder().code(503).addHeader("Retry-After", "0"));
      rig.enqueue(
          new MockResponse.Builder().code(503).addHeader("Retry-After", "1000000000000000000"));
      rig.enqueue(new MockResponse.Builder().code(404));
      OkHttpHealthProbe probe = OkHttpHealthProbe.of(rig.client(), "/");
      for (int status : new int[] {302, 503, 503, 404}) {
        assertThat(ask(probe, rig))
            .isEqualTo(Verdict.down("status " + status + " (expected: 200..299)"));
      }
      assertThat(rig.server().getRequestCount()).isEqualTo(4);
      rig.enqueue(new MockResponse.Builder().code(404));
      OkHttpHealthProbe lax = OkHttpHealthProbe.builder(rig.client()).statuses(200, 499).build();
      assertThat(ask(lax, rig)).isEqualTo(Verdict.up("status 404"));
    }
  }

  @Test
  void theBodyMayHaveToMatch() throws Exception {
    try (Rig rig = Rig.of(1)) {
      rig.enqueue(new MockResponse.Builder().body("{\"status\":\"UP\"}"));
      rig.enqueue(new MockResponse.Builder().body("{\"status\":\"DOWN\"}"));
      OkHttpHealthProbe probe =
          OkHttpHealthProbe.builder(rig.client()).body("\"status\":\"UP\"").build();
      assertThat(ask(probe, rig).kind()).isEqualTo(Verdict.Kind.UP);
      assertThat(ask(probe, rig))
          .isEqualTo(Verdict.down("status 200, but not the body that is expected"));
      rig.enqueue(OK);
      IllegalStateException thrown = new IllegalStateException("broken matcher");
      OkHttpHealthProbe broken =
          OkHttpHealthProbe.builder(rig.client())
              .body(
                  text -> {
                    throw thrown;
                  })
              .build();
      assertThat(failure(broken.probe(endpoint(rig), LIMIT))).isSameAs(thrown);
    }
  }

  @Test
  void noMoreThan64KiBOfABodyAreLookedAt() throws Exception {
    String kibi64 = "x".repeat(64 * 1024);
    List<Integer> lengths = new ArrayList<>();
    try (Rig rig = Rig.of(1)) {
      OkHttpHealthProbe probe =
          OkHttpHealthProbe.builder(rig.client())
              .body(
                  text -> {
                    lengths.add(text.length());
                    return !text.contains("y");
                  })
              .build();
      for (String body : new String[] {kibi64, kibi64 + "y", kibi64 + "y".repeat(1 << 20)}) {
        rig.enqueue(new MockResponse.Builder().body(body));
        assertThat(ask(probe, rig).kind()).isEqualTo(Verdict.Kind.UP);
      }
      // It would take hours to the end.
      rig.enqueue(
          new MockResponse.Builder()
              .body(kibi64 + "y".repeat(1 << 20))
              .throttleBody(66 * 1024, 1, TimeUnit.HOURS));
      assertThat(ask(probe, rig).kind()).isEqualTo(Verdict.Kind.UP);
      rig.enqueue(
          new MockResponse.Builder()
              .addHeader("Content-Encoding", "gzip")
              .body(gzip("x".repeat(1 << 24))));
      assertThat(ask(probe, rig).kind()).isEqualTo(Verdict.Kind.UP);
      assertThat(lengths).hasSize(5).containsOnly(64 * 1024);
    }
  }

  private static okio.Buffer gzip(String text) throws IOException {
    okio.Buffer zipped = new okio.Buffer();
    try (okio.BufferedSink sink = okio.Okio.buffer(new okio.GzipSink(zipped))) {
      sink.writeUtf8(text);
    }
    return zipped;
  }

  @Test
  void aBodyThatBreaksOffOrStallsIsAFailure() throws Exception {
    try (Rig rig = Rig.of(1)) {
      OkHttpHealthProbe probe = OkHttpHealthProbe.of(rig.client(), "/");
      rig.enqueue(
          new MockResponse.Builder()
              .body("x".repeat(10_000))
              .onResponseBody(SocketEffect.ShutdownConnection.INSTANCE));
      assertThat(failure(probe.probe(endpoint(rig), LIMIT))).isInstanceOf(IOException.class);
      rig.enqueue(
          new MockResponse.Builder().body("x".repeat(10_000)).throttleBody(100, 1, TimeUnit.HOURS));
      assertThat(failure(probe.probe(endpoint(rig), Duration.ofMillis(200))))
          .hasMessage("no answer within PT0.2S");
    }
  }

  @Test
  void noAnswerIsGivenUpAtTheLimit() throws Exception {
    try (Rig rig = Rig.of(1)) {
      rig.enqueue(new MockResponse.Builder().onResponseStart(SocketEffect.Stall.INSTANCE));
      OkHttpHealthProbe probe = OkHttpHealthProbe.of(rig.client(), "/");
      assertThat(failure(probe.probe(endpoint(rig), Duration.ofMillis(100))))
          .isInstanceOf(IOException.class)
          .hasMessage("no answer within PT0.1S");
      rig.enqueue(OK);
      assertThat(ask(probe, rig).kind()).as("the thread is free again").isEqualTo(Verdict.Kind.UP);
    }
  }

  @Test
  void aConnectionThatWasKeptAndClosedByTheServerIsNoFailure() throws Exception {
    try (Rig rig = Rig.of(1)) {
      OkHttpHealthProbe probe = OkHttpHealthProbe.of(rig.client(), "/");
      for (int i = 0; i < 5; i++) {
        rig.enqueue(OK.clone().onResponseEnd(SocketEffect.ShutdownConnection.INSTANCE));
        assertThat(ask(probe, rig).kind()).isEqualTo(Verdict.Kind.UP);
      }
    }
  }

  @Test
  void anotherServiceAtTheAddressIsDownAndTheReasonSaysSo() throws Exception {
    try (Rig rig = Rig.of(1)) {
      OkHttpHealthProbe probe =
          OkHttpHealthProbe.builder(rig.client()).identity("X-Service", "orders").build();
      rig.enqueue(OK.clone().addHeader("X-Service", "orders"));
      assertThat(ask(probe, rig).kind()).isEqualTo(Verdict.Kind.UP);
      rig.enqueue(OK.clone().addHeader("X-Service", "payments"));
      rig.enqueue(OK);
      rig.enqueue(new MockResponse.Builder().code(404).addHeader("X-Service", "payments"));
      rig.enqueue(new MockResponse.Builder().code(502));
      String stranger = "another service answers here: X-Service is ";
      assertThat(ask(probe, rig))
          .isEqualTo(Verdict.down(stranger + "\"payments\" (expected: \"orders\")"));
      assertThat(ask(probe, rig))
          .isEqualTo(Verdict.down(stranger + "missing (expected: \"orders\")"));
      assertThat(ask(probe, rig).why()).startsWith(stranger + "\"payments\"");
      assertThat(ask(probe, rig).why()).as("a proxy's page").startsWith("status 502");
    }
  }

  @Test
  void theIdentityMayBeTheEndpointsOwnOrInTheBody() throws Exception {
    try (Rig rig = Rig.of(1)) {
      OkHttpHealthProbe instance =
          OkHttpHealthProbe.builder(rig.client()).identity("X-Instance", Endpoint::id).build();
      Endpoint seven = endpoint(rig).toBuilder().id("orders-7").build();
      rig.enqueue(OK.clone().addHeader("X-Instance", "orders-7"));
      rig.enqueue(OK.clone().addHeader("X-Instance", "orders-8"));
      assertThat(get(instance.probe(seven, LIMIT)).kind()).isEqualTo(Verdict.Kind.UP);
      assertThat(get(instance.probe(seven, LIMIT)).why())
          .isEqualTo(
              "another service answers here: X-Instance is \"orders-8\" (expected: \"orders-7\")");
      OkHttpHealthProbe body =
          OkHttpHealthProbe.builder(rig.client()).identityInBody("orders").build();
      rig.enqueue(new MockResponse.Builder().body("orders 1.2 ok"));
      rig.enqueue(new MockResponse.Builder().body("payments 0.3 ok"));
      assertThat(ask(body, rig).kind()).isEqualTo(Verdict.Kind.UP);
      assertThat(ask(body, rig).why())
          .isEqualTo("another service answers here: the body lacks \"orders\"");
    }
  }

  @Test
  void overTlsTheNameIsTheServices() throws Exception {
    HeldCertificate certificate = certificate("orders.test");
    try (Rig rig = secure(certificate)) {
      rig.always(OK);
      OkHttpClient client = trusting(rig, certificate);
      OkHttpHealthProbe probe =
          OkHttpHealthProbe.builder(client).name("orders.test").path("/health").build();
      assertThat(ask(probe, rig)).isEqualTo(Verdict.up("status 200"));
      RecordedRequest asked = rig.server().takeRequest();
      assertThat(asked.getHandshakeServerNames()).containsExactly("orders.test");
    }
  }

  @Test
  void aCertificateOfAnotherServiceIsDownAndTheReasonSaysSo() throws Exception {
    HeldCertificate certificate = certificate("payments.test");
    try (Rig rig = secure(certificate)) {
      rig.always(OK);
      OkHttpClient client = trusting(rig, certificate);
      OkHttpHealthProbe named = OkHttpHealthProbe.builder(client).name("orders.test").build();
      assertThat(ask(named, rig))
          .isEqualTo(
              Verdict.down("another service answers here: its certificate is not for orders.test"));
      OkHttpHealthProbe byAddress = OkHttpHealthProbe.of(client, "/");
      assertThat(ask(byAddress, rig).why()).endsWith("its certificate is not for 127.0.0.1");
      assertThat(rig.server().getRequestCount()).isZero();
    }
  }

  /** All threads hang at endpoints that do not answer; that is no fault of the one that would. */
  @Test
  void aProbeThatGetsNoThreadDoesNotBlameItsEndpoint() throws Exception {
    try (ServerSocket hanging = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        Rig rig = Rig.of(1)) {
      rig.always(OK);
      OkHttpHealthProbe probe = OkHttpHealthProbe.builder(rig.client()).concurrency(2).build();
      Endpoint hangs = Endpoint.of("127.0.0.1", hanging.getLocalPort());
      List<CompletionStage<Verdict>> stuck = new ArrayList<>();
      for (int i = 0; i < 2; i++) {
        stuck.add(probe.probe(hangs, Duration.ofSeconds(2)));
      }
      assertThat(failure(probe.probe(endpoint(rig), Duration.ofMillis(100))))
          .isInstanceOf(RejectedExecutionException.class)
          .hasMessage("no thread was free within PT0.1S");
      for (CompletionStage<Verdict> each : stuck) {
        assertThat(failure(each)).isInstanceOf(IOException.class);
      }
      assertThat(ask(probe, rig).kind()).isEqualTo(Verdict.Kind.UP);
    }
  }

  /** The application's own requests and connections are not touched. */
  @Test
  void threadsAndConnectionsAreTheProbesOwn() throws Exception {
    try (Rig rig = Rig.of(1)) {
      rig.always(OK);
      int before = threads().size();
      OkHttpClient client = rig.client();
      OkHttpHealthProbe probe = OkHttpHealthProbe.of(client, "/");
      for (int i = 0; i < 30; i++) {
        ask(probe, rig);
      }
      assertThat(client.connectionPool().connectionCount()).isZero();
      assertThat(threads()).hasSizeLessThan(before + 4).allMatch(Thread::isDaemon);
      assertThat(Rig.connections(rig.server())).as("kept").isEqualTo(1);
    }
  }

  @Test
  void whatIsClosedKeepsNoConnectionAndNoThread() throws Exception {
    List<Thread> before = threads();
    // Nothing else may end what is under way, nor threads while they are waited for.
    OkHttpClient patient = new OkHttpClient.Builder().readTimeout(Duration.ZERO).build();
    Duration tooLong = Duration.ofMinutes(10);
    Duration beforeTheyAreIdleTooLong = Duration.ofSeconds(3);
    OkHttpHealthProbe probe = OkHttpHealthProbe.of(patient, "/");
    try (ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      Endpoint endpoint = Endpoint.of("127.0.0.1", server.getLocalPort());
      CompletionStage<Verdict> answered = probe.probe(endpoint, LIMIT);
      try (Socket kept = accept(server)) {
        kept.getOutputStream()
            .write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".getBytes(UTF_8));
        assertThat(get(answered).kind()).isEqualTo(Verdict.Kind.UP);
        CompletionStage<Verdict> takesTheKeptOne = probe.probe(endpoint, LIMIT);
        readHead(kept);
        CompletionStage<Verdict> underWay = probe.probe(endpoint, tooLong);
        try (Socket second = accept(server)) {
          kept.getOutputStream()
              .write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".getBytes(UTF_8));
          assertThat(get(takesTheKeptOne).kind()).isEqualTo(Verdict.Kind.UP);
          List<Thread> own = threads();
          own.removeAll(before);
          // An answer is there a moment before its thread is free for the next probe.
          assertThat(own).hasSizeBetween(2, 3);
          probe.close();
          assertThat(failure(underWay)).isInstanceOf(RejectedExecutionException.class);
          assertThat(kept.getInputStream().read()).as("the idle one").isEqualTo(-1);
          assertThat(second.getInputStream().read()).as("the other").isEqualTo(-1);
          for (Thread thread : own) {
            thread.join(beforeTheyAreIdleTooLong.toMillis());
            assertThat(thread.isAlive()).isFalse();
          }
        }
      }
    }
  }

  @Test
  void whatIsClosedJudgesNobody() throws Exception {
    try (Rig rig = Rig.of(1)) {
      rig.always(OK);
      OkHttpHealthProbe probe = OkHttpHealthProbe.of(rig.client(), "/");
      probe.close();
      probe.close();
      assertThat(failure(probe.probe(endpoint(rig), LIMIT)))
          .isInstanceOf(RejectedExecutionException.class)
          .hasMessage("probe: closed (expected: not closed)");
      assertThat(rig.server().getRequestCount()).isZero();
    }
  }

  /** A connection from which a request has been read. */
  private static Socket accept(ServerSocket server) throws IOException {
    Socket socket = server.accept();
    socket.setSoTimeout((int) LIMIT.toMillis());
    readHead(socket);
    return socket;
  }

  private static void readHead(Socket socket) throws IOException {
    StringBuilder head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      int next = socket.getInputStream().read();
      assertThat(next).isNotEqualTo(-1);
      head.append((char) next);
    }
  }

  /** Those of other tests' probes may still be waiting for work. OkHttp renames one at work. */
  private static List<Thread> threads() {
    return new ArrayList<>(
        Thread.getAllStackTraces().keySet().stream()
            .filter(
                thread ->
                    thread.getName().equals("evenkeel-http-probe")
                        || thread.getName().startsWith("OkHttp http"))
            .toList());
  }

  @Test
  void settingsArePrintedAndOnesOutOfRangeRefused() {
    OkHttpHealthProbe.Builder builder = OkHttpHealthProbe.builder(new OkHttpClient());
    assertThat(builder.build()).hasToString("OkHttpHealthProbe[GET /, status=200..299]");
    assertThat(
            OkHttpHealthProbe.builder(new OkHttpClient())
                .path("/h")
                .head()
                .header("Authorization", "secret")
                .name("orders")
                .identity("X-Service", "orders")
                .body("up")
                .build())
        .hasToString(
            "OkHttpHealthProbe[HEAD /h, name=orders, status=200..299, identity by X-Service,"
                + " body]");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> builder.path("up"))
        .withMessage("path: \"up\" (expected: a path that begins with one /)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> builder.name("a/b"))
        .withMessage("name: \"a/b\" (expected: a name that can be a host)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> builder.statuses(300, 200))
        .withMessage("statuses: 300..200 (expected: a range within 100..599)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> builder.concurrency(0))
        .withMessage("concurrency: 0 (expected: 1..1024)");
    assertThatIllegalArgumentException().isThrownBy(() -> builder.header("a", "b\r\nc: d"));
  }

  private static HeldCertificate certificate(String name) {
    return new HeldCertificate.Builder().addSubjectAlternativeName(name).build();
  }

  private static Rig secure(HeldCertificate certificate) {
    HandshakeCertificates held =
        new HandshakeCertificates.Builder().heldCertificate(certificate).build();
    List<MockWebServer> servers =
        Rig.start(
            1,
            server -> {
              server.useHttps(held.sslSocketFactory());
              return server;
            });
    return Rig.named("orders.test", servers, endpoint -> endpoint.secure(true));
  }

  private static OkHttpClient trusting(Rig rig, HeldCertificate certificate) {
    HandshakeCertificates trusted =
        new HandshakeCertificates.Builder()
            .addTrustedCertificate(certificate.certificate())
            .build();
    return rig.client(
        client -> client.sslSocketFactory(trusted.sslSocketFactory(), trusted.trustManager()));
  }

  private static Endpoint endpoint(Rig rig) {
    return rig.orders.nodes().get(0).endpoint();
  }

  private static Verdict ask(OkHttpHealthProbe probe, Rig rig) throws Exception {
    return get(probe.probe(endpoint(rig), LIMIT));
  }

  private static Verdict get(CompletionStage<Verdict> stage) throws Exception {
    return stage.toCompletableFuture().get(20, TimeUnit.SECONDS);
  }

  private static Throwable failure(CompletionStage<Verdict> stage) throws Exception {
    try {
      return new AssertionError("no failure: " + get(stage));
    } catch (ExecutionException e) {
      Throwable cause = e.getCause();
      return cause == null ? e : cause;
    }
  }
}
