package io.evenkeel.lb.okhttp;

import static io.evenkeel.lb.okhttp.FailoverRig.OK;
import static io.evenkeel.lb.okhttp.FailoverRig.status;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.RequestContext;
import io.evenkeel.lb.failover.CallContext;
import io.evenkeel.lb.failover.FailoverBuilder;
import io.evenkeel.lb.failover.FailoverException.Reason;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import mockwebserver3.MockResponse;
import mockwebserver3.RecordedRequest;
import mockwebserver3.SocketEffect;
import okhttp3.Protocol;
import okhttp3.Request;
import okhttp3.Response;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** How long attempts, calls and bodies may take. */
@Timeout(60)
class FailoverLimitsTest {
  private static final Request GET = Rig.get("http://orders/");
  private static final MockResponse HANGS =
      new MockResponse.Builder().headersDelay(1, TimeUnit.MINUTES).build();

  private static UnaryOperator<FailoverBuilder> limits(int deadlineMillis, int attemptMillis) {
    return failover ->
        failover
            .deadline(Duration.ofMillis(deadlineMillis))
            .attemptTimeout(Duration.ofMillis(attemptMillis));
  }

  private static FailoverRig over(Protocol protocol, UnaryOperator<FailoverBuilder> failover) {
    Rig rig = Rig.over(protocol, 3);
    return FailoverRig.of(rig, failover, i -> i, client -> client.protocols(List.of(protocol)));
  }

  private static Duration since(long begun) {
    return Duration.ofNanos(System.nanoTime() - begun);
  }

  @ParameterizedTest
  @EnumSource(names = {"HTTP_1_1", "H2_PRIOR_KNOWLEDGE"})
  void anAttemptThatHangsIsGivenUpAndMadeElsewhere(Protocol protocol) throws Exception {
    try (FailoverRig rig = over(protocol, limits(10_000, 300)).answers(OK, OK, OK, HANGS)) {
      for (int i = 0; i < 3; i++) {
        Rig.fetch(rig.client, GET);
      }
      rig.rig.outcomes.clear();
      long begun = System.nanoTime();
      assertThat(Rig.fetch(rig.client, GET).code()).isEqualTo(200);
      assertThat(since(begun)).isBetween(Duration.ofMillis(300), Duration.ofSeconds(3));
      rig.rig.assertEnded(Outcome.TIMEOUT, Outcome.SUCCESS);
      assertThat(Thread.currentThread().isInterrupted()).isFalse();
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"HTTP_1_1", "H2_PRIOR_KNOWLEDGE"})
  void theDeadlineIsForAllAttempts(Protocol protocol) {
    try (FailoverRig rig = over(protocol, limits(800, 300)).always(request -> HANGS)) {
      long begun = System.nanoTime();
      FailoverIOException e =
          catchThrowableOfType(FailoverIOException.class, () -> Rig.fetch(rig.client, GET));
      assertThat(since(begun)).isBetween(Duration.ofMillis(600), Duration.ofSeconds(4));
      assertThat(e.failure().attempts())
          .extracting(attempt -> attempt.outcome())
          .containsOnly(Outcome.TIMEOUT);
      rig.rig.assertIdle();
    }
  }

  @Test
  void aRequestMayHaveLessTime() {
    try (FailoverRig rig = FailoverRig.of(3, limits(50_000, 40_000)).always(request -> HANGS)) {
      CallContext context = CallContext.of(RequestContext.none()).timeLimit(Duration.ofMillis(300));
      Request request = GET.newBuilder().tag(RequestContext.class, context).build();
      long begun = System.nanoTime();
      FailoverIOException e =
          catchThrowableOfType(FailoverIOException.class, () -> Rig.fetch(rig.client, request));
      assertThat(since(begun)).isLessThan(Duration.ofSeconds(10));
      assertThat(e.failure().reason()).isEqualTo(Reason.DEADLINE);
    }
  }

  @Test
  void headersThatDripAreCutOff() throws Exception {
    try (Drip drip = new Drip();
        FailoverRig rig = drip.rig(limits(10_000, 300), 1)) {
      rig.answers();
      long begun = System.nanoTime();
      for (int i = 0; i < 2; i++) {
        assertThat(Rig.fetch(rig.client, GET).code()).isEqualTo(200);
      }
      assertThat(since(begun)).isBetween(Duration.ofMillis(300), Duration.ofSeconds(5));
      assertThat(rig.rig.outcomes).contains(Outcome.TIMEOUT, Outcome.SUCCESS);
      rig.rig.assertIdle();
      assertThat(Thread.currentThread().isInterrupted()).isFalse();
    }
  }

  /** JDK-8258397: timeouts that end with the headers. */
  @ParameterizedTest
  @EnumSource(names = {"HTTP_1_1", "H2_PRIOR_KNOWLEDGE"})
  void bug22ABodyThatDripsForEverEndsByTheDeadlineAsAFailureOfTheEndpoint(Protocol protocol)
      throws Exception {
    MockResponse drips =
        new MockResponse.Builder()
            .body("x".repeat(10_000))
            .throttleBody(1, 50, TimeUnit.MILLISECONDS)
            .build();
    try (FailoverRig rig = over(protocol, limits(1000, 300)).always(request -> drips)) {
      Outcome outcome;
      int calls = 0;
      do {
        long begun = System.nanoTime();
        assertThatThrownBy(() -> Rig.fetch(rig.client, GET)).isInstanceOf(IOException.class);
        assertThat(since(begun)).isBetween(Duration.ofMillis(900), Duration.ofSeconds(5));
        assertThat(rig.requests).hasValue(++calls);
        outcome = Rig.poll(rig.rig.outcomes);
        // Where the machine stood still at the deadline, nobody was reading then.
      } while (outcome == Outcome.CANCELLED && calls < 5);
      assertThat(outcome).isEqualTo(Outcome.TIMEOUT);
      rig.rig.assertIdle();
    }
  }

  @Test
  void eventsMayGoOnAfterTheDeadline() throws Exception {
    MockResponse events =
        new MockResponse.Builder()
            .addHeader("Content-Type", "text/event-stream")
            .body("data: 1\n\n".repeat(15))
            .throttleBody(9, 100, TimeUnit.MILLISECONDS)
            .build();
    try (FailoverRig rig = FailoverRig.of(1, limits(1000, 900)).always(request -> events)) {
      assertThat(Rig.fetch(rig.client, GET).body().string()).hasSize(9 * 15);
      rig.rig.assertEnded(Outcome.SUCCESS);
    }
  }

  @Test
  void bug22ATruncatedBodyIsNoSuccess() throws Exception {
    MockResponse cut =
        new MockResponse.Builder()
            .body("x".repeat(100_000))
            .onResponseBody(new SocketEffect.CloseSocket())
            .build();
    try (FailoverRig rig = FailoverRig.of(2).always(request -> cut)) {
      assertThatThrownBy(() -> Rig.fetch(rig.client, GET)).isInstanceOf(IOException.class);
      rig.rig.assertEnded(Outcome.FAILURE);
    }
  }

  @Test
  void aBodyMayTakeLongerThanAnAttempt() throws Exception {
    MockResponse slow =
        new MockResponse.Builder().body("slow").bodyDelay(600, TimeUnit.MILLISECONDS).build();
    try (FailoverRig rig = FailoverRig.of(2, limits(20_000, 300)).always(request -> slow)) {
      assertThat(Rig.fetch(rig.client, GET).body().string()).isEqualTo("slow");
      rig.rig.assertEnded(Outcome.SUCCESS);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"HTTP_1_1", "H2_PRIOR_KNOWLEDGE"})
  void aBodyMayPauseNoLongerThanTheClientsReadTimeout(Protocol protocol) throws Exception {
    MockResponse pauses =
        new MockResponse.Builder().body("late").bodyDelay(1, TimeUnit.MINUTES).build();
    Rig servers = Rig.over(protocol, 3);
    try (FailoverRig rig =
        FailoverRig.of(
            servers,
            limits(50_000, 40_000),
            i -> i,
            client -> client.protocols(List.of(protocol)).readTimeout(Duration.ofMillis(500)))) {
      rig.always(request -> pauses);
      long begun = System.nanoTime();
      assertThatThrownBy(() -> Rig.fetch(rig.client, GET)).isInstanceOf(IOException.class);
      assertThat(since(begun)).isLessThan(Duration.ofSeconds(20));
      servers.assertEnded(Outcome.TIMEOUT);
    }
  }

  /** A response may arrive in the few milliseconds between the limit and the interrupt. */
  @ParameterizedTest
  @EnumSource(names = {"HTTP_1_1", "H2_PRIOR_KNOWLEDGE"})
  void aResponseThatArrivesAtTheLimitIsWholeOrGivenUp(Protocol protocol) throws Exception {
    int limit = 300;
    // A connection of HTTP/1.1 goes with an attempt that is given up; it can be the next one's turn
    // to be late while it makes another.
    Set<Outcome> inTimeOrNot = EnumSet.of(Outcome.SUCCESS, Outcome.TIMEOUT, Outcome.UNREACHABLE);
    try (FailoverRig rig = over(protocol, limits(20_000, limit))) {
      rig.answers();
      for (int i = 0; i < 6; i++) {
        warmUp(rig);
      }
      rig.requests.set(0);
      rig.answers(
          (number, request) ->
              number % 2 == 1
                  ? OK.newBuilder()
                      .headersDelay(limit - 5 + number % 13, TimeUnit.MILLISECONDS)
                      .build()
                  : OK);
      int whole = 0;
      for (int i = 0; i < 40; i++) {
        try {
          Response response = Rig.fetch(rig.client, GET);
          assertThat(response.body().string()).isEqualTo("ok");
          whole++;
        } catch (FailoverIOException allTooLate) {
          // The machine stood still for all attempts of a call.
          assertThat(allTooLate.failure().attempts())
              .extracting(attempt -> attempt.outcome())
              .isSubsetOf(inTimeOrNot);
        }
        assertThat(Thread.currentThread().isInterrupted()).isFalse();
      }
      assertThat(whole).isGreaterThan(20);
      assertThat(rig.rig.outcomes)
          .contains(Outcome.SUCCESS, Outcome.TIMEOUT)
          .isSubsetOf(inTimeOrNot);
      rig.rig.assertIdle();
    }
  }

  private static void warmUp(FailoverRig rig) {
    try {
      Rig.fetch(rig.client, GET);
    } catch (IOException slow) {
      // The first ones load classes.
    }
  }

  @Test
  void aConnectionThatIsNotMadeInTimeIsUnreachableSoThatAPostGoesElsewhere() throws Exception {
    try (Full full = new Full()) {
      AtomicInteger number = new AtomicInteger();
      Rig servers =
          Rig.of(
              Rig.start(2, server -> server),
              endpoint ->
                  number.getAndIncrement() == 0
                      ? Endpoint.builder("127.0.0.1", full.port())
                      : endpoint,
              settings -> settings);
      try (FailoverRig rig =
          FailoverRig.of(servers, limits(20_000, 10_000), i -> i, c -> c).answers()) {
        long begun = System.nanoTime();
        for (int i = 0; i < 2; i++) {
          assertThat(Rig.fetch(rig.client, Rig.post("http://orders/", "x")).code()).isEqualTo(200);
        }
        assertThat(since(begun)).isBetween(Duration.ofMillis(250), Duration.ofSeconds(5));
        assertThat(servers.outcomes).contains(Outcome.UNREACHABLE);
      }
    }
  }

  @Test
  void theCallTimeoutOfAClientIsHeldAgainstTheEndpointThatUsedItUp() {
    Rig servers = Rig.of(3);
    try (FailoverRig rig =
        FailoverRig.of(
            servers, f -> f, i -> i, client -> client.callTimeout(Duration.ofMillis(300)))) {
      rig.always(request -> HANGS);
      assertThatThrownBy(() -> Rig.fetch(rig.client, GET))
          .isInstanceOf(InterruptedIOException.class)
          .hasMessage("timeout");
      servers.assertEnded(Outcome.TIMEOUT);
    }
  }

  @Test
  void aCallersInterruptEndsTheCallAndIsNotHeldAgainstTheEndpoint() throws Exception {
    try (FailoverRig rig = over(Protocol.H2_PRIOR_KNOWLEDGE, limits(50_000, 40_000))) {
      Thread caller = Thread.currentThread();
      rig.always(
          request -> {
            caller.interrupt();
            return HANGS;
          });
      assertThatThrownBy(() -> Rig.fetch(rig.client, GET))
          .isInstanceOf(InterruptedIOException.class);
      assertThat(Thread.interrupted()).isTrue();
      rig.rig.assertEnded(Outcome.CANCELLED);
    }
  }

  /** rest.li added such a header to those of the attempt before. */
  @Test
  void bug23AttemptHeadersAreSetAndNotAppended() throws Exception {
    AtomicReference<String> first = new AtomicReference<>("");
    try (FailoverRig rig =
        FailoverRig.of(
            Rig.of(3), limits(5000, 1000), i -> i.deadlineHeader("X-Deadline-Ms"), c -> c)) {
      List<List<String>> seen = new ArrayList<>();
      rig.answers(
          (number, request) -> {
            seen.add(request.getHeaders().values("X-Deadline-Ms"));
            first.compareAndSet("", String.valueOf(request.getHeaders().values("Host")));
            return number == 1 ? status(503) : number == 2 ? status(302, "Location", "/b") : OK;
          });
      Request request = GET.newBuilder().header("X-Deadline-Ms", "77").build();
      Response response = Rig.fetch(rig.client, request);
      assertThat(seen).hasSize(3).allSatisfy(values -> assertThat(values).hasSize(1));
      List<Integer> left = seen.stream().map(values -> Integer.parseInt(values.get(0))).toList();
      assertThat(left).isSortedAccordingTo((a, b) -> b - a);
      assertThat(left).allSatisfy(millis -> assertThat(millis).isBetween(1, 5000));
      assertThat(left.get(0)).isGreaterThan(1000);
      assertThat(response.request().headers("X-Deadline-Ms")).containsExactly("77");
      assertThat(first).hasValue("[orders]");
    }
  }

  @Test
  void anAuthenticatorsRequestShowsTheCallersHeaderToo() throws Exception {
    try (FailoverRig rig =
        FailoverRig.of(
            Rig.of(1),
            f -> f,
            i -> i.deadlineHeader("X-Deadline-Ms"),
            client ->
                client.authenticator(
                    (route, response) ->
                        response
                            .request()
                            .newBuilder()
                            .header("Authorization", "secret")
                            .build()))) {
      rig.answers(status(401, "WWW-Authenticate", "Basic"));
      Response response = Rig.fetch(rig.client, GET);
      assertThat(response.code()).isEqualTo(200);
      assertThat(response.request().header("X-Deadline-Ms")).isNull();
      assertThat(response.request().header("Authorization")).isEqualTo("secret");
      RecordedRequest sent = rig.rig.server().takeRequest();
      assertThat(sent.getHeaders().values("X-Deadline-Ms")).hasSize(1);
    }
  }

  @Test
  void settingsAreChecked() {
    BalancerInterceptor.Builder builder = BalancerInterceptor.builder();
    assertThatThrownBy(() -> builder.connectTimeout(Duration.ZERO))
        .hasMessage("connectTimeout: PT0S (expected: PT0.001S..PT1M)");
    assertThatThrownBy(() -> builder.deadlineHeader("not a name"))
        .isInstanceOf(IllegalArgumentException.class);
  }

  /** A server whose headers never end: a byte every 50 ms, until it is closed. */
  private static final class Drip implements AutoCloseable {
    private final ServerSocket listener = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
    private final CountDownLatch closed = new CountDownLatch(1);

    Drip() throws IOException {
      start(this::run);
    }

    private static void start(Runnable task) {
      Thread thread = new Thread(task, "drip");
      thread.setDaemon(true);
      thread.start();
    }

    private void run() {
      try {
        while (true) {
          Socket socket = listener.accept();
          start(() -> drip(socket));
        }
      } catch (IOException e) {
        // The end of the test.
      }
    }

    private void drip(Socket socket) {
      try (socket) {
        socket.getOutputStream().write("HTTP/1.1 200 OK\r\nX-Long: ".getBytes(US_ASCII));
        while (!closed.await(50, TimeUnit.MILLISECONDS)) {
          socket.getOutputStream().write('x');
        }
      } catch (IOException | InterruptedException gone) {
        // The client has given up.
      }
    }

    /** With so many servers beside this one. */
    FailoverRig rig(UnaryOperator<FailoverBuilder> failover, int others) {
      AtomicInteger number = new AtomicInteger();
      Rig servers =
          Rig.of(
              Rig.start(1 + others, server -> server),
              endpoint ->
                  number.getAndIncrement() == 0
                      ? Endpoint.builder("127.0.0.1", listener.getLocalPort())
                      : endpoint,
              settings -> settings);
      return FailoverRig.of(servers, failover, i -> i, client -> client);
    }

    @Override
    public void close() throws IOException {
      closed.countDown();
      listener.close();
    }
  }

  /** A port whose queue of connections is full, so that the kernel answers no more. */
  private static final class Full implements AutoCloseable {
    private final ServerSocket listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
    private final List<Socket> sockets = new ArrayList<>();

    Full() throws IOException {
      for (int i = 0; i < 10; i++) {
        Socket socket = new Socket();
        sockets.add(socket);
        try {
          socket.connect(listener.getLocalSocketAddress(), 100);
        } catch (SocketTimeoutException full) {
          return;
        }
      }
    }

    int port() {
      return listener.getLocalPort();
    }

    @Override
    public void close() throws IOException {
      listener.close();
      for (Socket socket : sockets) {
        socket.close();
      }
    }
  }
}
