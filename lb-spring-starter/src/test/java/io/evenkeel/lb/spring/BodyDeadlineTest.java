package io.evenkeel.lb.spring;

import static io.evenkeel.lb.spring.Contexts.inFlight;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.Scheduler;
import java.io.InputStream;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.stream.Stream;
import mockwebserver3.MockResponse;
import mockwebserver3.SocketEffect;
import org.assertj.core.api.ThrowingConsumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.reactivestreams.Subscription;
import org.springframework.context.ApplicationContext;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.http.client.ClientHttpResponse;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Mono;

/** The deadline of a call covers the body of its response (JDK-8258397). */
@Timeout(60)
class BodyDeadlineTest {
  private static final String[] DEADLINE = {
    "evenkeel.defaults.failover.deadline=2s",
    "evenkeel.defaults.failover.attempt-timeout=2s",
    "evenkeel.defaults.failover.attempts=1"
  };

  private static MockResponse stalls() {
    return new MockResponse.Builder()
        .body("x".repeat(100_000))
        .onResponseBody(SocketEffect.Stall.INSTANCE)
        .build();
  }

  /** A client's own read timeout would begin anew with each piece. */
  private static MockResponse.Builder drips(String piece, int times) {
    return new MockResponse.Builder()
        .body(piece.repeat(times))
        .throttleBody(piece.length(), 100, TimeUnit.MILLISECONDS);
  }

  private static String restClient(ApplicationContext context) {
    return String.valueOf(
        RestClients.client(context).get().uri("http://orders/").retrieve().body(String.class));
  }

  private static void isLate(Throwable thrown) {
    assertThat(thrown).isNotNull();
    assertThat(thrown)
        .hasStackTraceContaining(SocketTimeoutException.class.getName())
        .hasStackTraceContaining("orders: the response was not over within the call's deadline");
    assertThat(Thread.interrupted()).isFalse();
  }

  @Test
  void aRestClientDoesNotWaitForABodyThatStalls() throws Exception {
    RestClients.with(1, DEADLINE, isLateAndATimeout(stalls(), BodyDeadlineTest::restClient));
  }

  /**
   * HttpURLConnection, which is the simple factory's, waits to close a body, but not to read on.
   */
  @ParameterizedTest
  @ValueSource(strings = {"jdk", "simple"})
  void aRestClientDoesNotWaitForABodyThatDrips(String factory) throws Exception {
    RestClients.with(
        1,
        with("spring.http.clients.imperative.factory=" + factory),
        isLateAndATimeout(drips("x", 40).build(), BodyDeadlineTest::restClient));
  }

  private static String[] with(String property) {
    return Stream.concat(Stream.of(DEADLINE), Stream.of(property)).toArray(String[]::new);
  }

  /** Whoever takes a response and does not read it is the one that is slow. */
  @Test
  void aRestClientWhoseUserReadsTooLateBlamesNobody() throws Exception {
    ends(
        Outcome.CANCELLED,
        stalls(),
        response -> {
          InputStream body = response.getBody();
          deadline().join();
          isLate(catchThrowable(body::readAllBytes));
        });
  }

  /** How an attempt ends whose response is used so, and then closed. */
  private static void ends(
      Outcome outcome, MockResponse answer, ThrowingConsumer<ClientHttpResponse> use)
      throws Exception {
    RestClients.with(
        1,
        DEADLINE,
        (context, backends) -> {
          backends.answers(answer);
          try (ClientHttpResponse response = open(context)) {
            use.accept(response);
          }
          assertThat(inFlight(context)).isZero();
          assertThat(backends.outcomes).containsExactly(outcome);
          assertThat(Thread.interrupted()).isFalse();
        });
  }

  private static ClientHttpResponse open(ApplicationContext context) {
    return RestClients.client(context)
        .get()
        .uri("http://orders/")
        .exchange((request, response) -> response, false);
  }

  /** One thread does what is due, in that order. */
  private static CompletableFuture<Boolean> deadline() {
    CompletableFuture<Boolean> over = new CompletableFuture<>();
    Scheduler.shared().schedule(() -> over.complete(true), TimeUnit.SECONDS.toNanos(2));
    return over;
  }

  @Test
  void aWebClientWhoseUserAsksForNoMoreBlamesNobody() throws Exception {
    WebClients.with(
        "reactor",
        1,
        DEADLINE,
        (context, backends) -> {
          backends.answers(drips("x", 40).build());
          CompletableFuture<Throwable> failed = new CompletableFuture<>();
          WebClients.client(context)
              .get()
              .uri("http://orders/")
              .exchangeToFlux(response -> response.bodyToFlux(DataBuffer.class))
              .subscribe(
                  new BaseSubscriber<>() {
                    @Override
                    protected void hookOnSubscribe(Subscription body) {
                      body.request(1);
                    }

                    @Override
                    protected void hookOnNext(DataBuffer piece) {
                      DataBufferUtils.release(piece);
                    }

                    @Override
                    protected void hookOnError(Throwable thrown) {
                      failed.complete(thrown);
                    }
                  });
          isLate(failed.join());
          assertThat(backends.outcomes).containsExactly(Outcome.CANCELLED);
        });
  }

  @ParameterizedTest
  @ValueSource(strings = {"reactor", "jdk"})
  void aWebClientWhoseUserBeginsTooLateBlamesNobody(String connector) throws Exception {
    WebClients.with(
        connector,
        1,
        DEADLINE,
        (context, backends) -> {
          backends.answers(stalls());
          isLate(
              catchThrowable(
                  () ->
                      WebClients.client(context)
                          .get()
                          .uri("http://orders/")
                          .exchangeToMono(
                              response ->
                                  Mono.fromFuture(deadline())
                                      .then(response.bodyToMono(String.class)))
                          .block()));
          assertThat(backends.outcomes).containsExactly(Outcome.CANCELLED);
        });
  }

  @Test
  void whoSkipsWaitsAsWell() throws Exception {
    ends(
        Outcome.TIMEOUT,
        stalls(),
        response -> {
          InputStream body = response.getBody();
          isLate(catchThrowable(() -> body.skipNBytes(100_000)));
        });
  }

  @Test
  void whatWasReadInTimeMayBeClosedLater() throws Exception {
    ends(
        Outcome.SUCCESS,
        new MockResponse.Builder().body("ok").build(),
        response -> {
          assertThat(response.getBody()).hasBinaryContent("ok".getBytes(StandardCharsets.UTF_8));
          deadline().join();
        });
  }

  @ParameterizedTest
  @ValueSource(strings = {"reactor", "jdk"})
  void aWebClientDoesNotWaitForABodyThatStalls(String connector) throws Exception {
    WebClients.with(connector, 1, DEADLINE, isLateAndATimeout(stalls(), WebClients::get));
  }

  @ParameterizedTest
  @ValueSource(strings = {"reactor", "jdk"})
  void aWebClientDoesNotWaitForABodyThatDrips(String connector) throws Exception {
    WebClients.with(
        connector, 1, DEADLINE, isLateAndATimeout(drips("x", 40).build(), WebClients::get));
  }

  private interface Get {
    String of(ApplicationContext context);
  }

  private static BiConsumer<ApplicationContext, Backends> isLateAndATimeout(
      MockResponse answer, Get get) {
    return (context, backends) -> {
      backends.answers(answer);
      isLate(catchThrowable(() -> get.of(context)));
      assertThat(backends.outcomes).containsExactly(Outcome.TIMEOUT);
      backends.outcomes.clear();
      assertThat(get.of(context)).isEqualTo("ok");
      assertThat(backends.outcomes).containsExactly(Outcome.SUCCESS);
    };
  }

  /** The JDK's client reads a body to its end when its response is closed. */
  @Test
  void nobodyWaitsForABodyThatIsNotWanted() throws Exception {
    ends(
        Outcome.TIMEOUT,
        stalls(),
        response -> assertThat(response.getStatusCode().value()).isEqualTo(200));
  }

  @ParameterizedTest
  @ValueSource(strings = {"text/event-stream", "application/x-ndjson;charset=UTF-8"})
  void eventsMayGoOn(String type) throws Exception {
    MockResponse events = drips("data: 1\n\n", 30).addHeader("Content-Type", type).build();
    RestClients.with(1, DEADLINE, endless(events, BodyDeadlineTest::restClient));
    WebClients.with("reactor", 1, DEADLINE, endless(events, WebClients::get));
  }

  private static BiConsumer<ApplicationContext, Backends> endless(MockResponse events, Get get) {
    return (context, backends) -> {
      backends.answers(events);
      assertThat(get.of(context)).contains("1");
      assertThat(backends.outcomes).containsExactly(Outcome.SUCCESS);
    };
  }
}
