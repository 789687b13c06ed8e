package io.evenkeel.lb.spring;

import static io.evenkeel.lb.spring.Backends.RESET;
import static io.evenkeel.lb.spring.Backends.status;
import static io.evenkeel.lb.spring.Contexts.inFlight;
import static io.evenkeel.lb.spring.WebClients.client;
import static io.evenkeel.lb.spring.WebClients.get;
import static io.evenkeel.lb.spring.WebClients.post;
import static io.evenkeel.lb.spring.WebClients.runner;
import static io.evenkeel.lb.spring.WebClients.send;
import static io.evenkeel.lb.spring.WebClients.with;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.failover.CallContext;
import io.evenkeel.lb.failover.FailoverException;
import java.io.IOException;
import java.net.URI;
import java.util.List;
import java.util.Set;
import mockwebserver3.MockResponse;
import mockwebserver3.RecordedRequest;
import mockwebserver3.SocketEffect;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.http.HttpMethod;
import org.springframework.web.reactive.function.client.WebClientRequestException;
import org.springframework.web.reactive.function.client.WebClientResponseException;

/** Which requests of a WebClient are made elsewhere. */
@Timeout(60)
class WebClientRepeatsTest {
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

  @Test
  void aRejectedPostGoesElsewhere() throws Exception {
    with(
        "reactor",
        2,
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

  /** Redirects are followed by the call, so that it knows what was processed. */
  @ParameterizedTest
  @CsvSource({
    "reactor,dont-follow",
    "jdk,dont-follow",
    "reactor,follow",
    "jdk,follow",
    "reactor,follow-when-possible"
  })
  void aPostThatFoundNobodyGoesElsewhere(String connector, String redirects) throws Exception {
    try (Backends backends = Backends.of(1)) {
      runner(
              backends,
              "spring.http.clients.reactive.connector=" + connector,
              "spring.http.clients.redirects=" + redirects)
          .withPropertyValues(backends.behindNobody())
          .run(
              context -> {
                send(post(context));
                assertThat(requireNonNull(backends.received.peek()).getBody())
                    .extracting(body -> requireNonNull(body).utf8())
                    .isEqualTo("x");
                assertThat(backends.requests).hasValue(1);
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
