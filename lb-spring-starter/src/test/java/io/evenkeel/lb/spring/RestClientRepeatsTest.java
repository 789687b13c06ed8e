package io.evenkeel.lb.spring;

import static io.evenkeel.lb.spring.Backends.RESET;
import static io.evenkeel.lb.spring.Backends.status;
import static io.evenkeel.lb.spring.Contexts.inFlight;
import static io.evenkeel.lb.spring.RestClients.client;
import static io.evenkeel.lb.spring.RestClients.post;
import static io.evenkeel.lb.spring.RestClients.runner;
import static io.evenkeel.lb.spring.RestClients.with;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.failover.CallContext;
import io.evenkeel.lb.failover.FailoverException;
import io.evenkeel.lb.failover.Outcomes;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import mockwebserver3.MockResponse;
import mockwebserver3.RecordedRequest;
import mockwebserver3.SocketEffect;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.core.NestedExceptionUtils;
import org.springframework.http.HttpMethod;
import org.springframework.http.client.ClientHttpResponse;
import org.springframework.web.client.HttpClientErrorException;
import org.springframework.web.client.HttpServerErrorException;
import org.springframework.web.client.ResourceAccessException;

/** Which requests of a RestClient are made elsewhere, and until when they are in flight. */
@Timeout(60)
class RestClientRepeatsTest {
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

  @Test
  void aRejectedPostGoesElsewhere() throws Exception {
    with(
        2,
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

  /** Redirects are followed by the call, so that it knows what was processed. */
  @ParameterizedTest
  @ValueSource(strings = {"dont-follow", "follow", "follow-when-possible"})
  void aPostThatFoundNobodyGoesElsewhere(String redirects) throws Exception {
    try (Backends backends = Backends.of(1)) {
      runner(backends, "spring.http.clients.redirects=" + redirects)
          .withPropertyValues(backends.behindNobody())
          .run(
              context -> {
                post(context).retrieve().toBodilessEntity();
                assertThat(backends.requests).hasValue(1);
                assertThat(backends.outcomes.peek()).isEqualTo(Outcome.UNREACHABLE);
                client(context).get().uri("http://orders/").retrieve().toBodilessEntity();
                assertThat(inFlight(context)).isZero();
              });
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
  void whatServersAskForIsRead() {
    org.springframework.http.HttpHeaders headers = new org.springframework.http.HttpHeaders();
    assertThat(HttpOutcomes.wishNanos(503, headers)).isZero();
    headers.set("retry-after", "7");
    assertThat(HttpOutcomes.wishNanos(503, headers)).isEqualTo(7_000_000_000L);
    assertThat(HttpOutcomes.wishNanos(501, headers)).isEqualTo(Outcomes.NEVER);
  }
}
