package io.evenkeel.lb.spring;

import static io.evenkeel.lb.spring.Backends.NO_ANSWER;
import static io.evenkeel.lb.spring.Backends.status;
import static io.evenkeel.lb.spring.Contexts.await;
import static io.evenkeel.lb.spring.Contexts.inFlight;
import static io.evenkeel.lb.spring.WebClients.client;
import static io.evenkeel.lb.spring.WebClients.with;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evenkeel.lb.Outcome;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import mockwebserver3.MockResponse;
import mockwebserver3.SocketEffect;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.context.ApplicationContext;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.http.ResponseEntity;
import org.springframework.web.reactive.function.client.ClientResponse;
import org.springframework.web.reactive.function.client.WebClient;
import org.springframework.web.reactive.function.client.WebClientResponseException;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Until when a request of WebClient is in flight. */
@Timeout(60)
class WebClientBodyTest {
  /** Some of it comes, and no more. */
  private static final MockResponse HALF =
      new MockResponse.Builder()
          .body("x".repeat(1_000_000))
          .onResponseBody(SocketEffect.Stall.INSTANCE)
          .build();

  private static Flux<DataBuffer> body(ApplicationContext context) {
    return client(context).get().uri("http://orders/").retrieve().bodyToFlux(DataBuffer.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"reactor", "jdk"})
  void aRequestIsInFlightUntilItsBodyIsOver(String connector) throws Exception {
    with(
        connector,
        1,
        (context, backends) -> {
          AtomicInteger during = new AtomicInteger();
          Integer after =
              body(context)
                  .doOnNext(buffer -> during.set(inFlight(context)))
                  .map(DataBufferUtils::release)
                  .then(Mono.fromSupplier(() -> inFlight(context)))
                  .block();
          assertThat(during).hasValue(1);
          assertThat(after).as("before the subscriber learns of it").isZero();
          assertThat(backends.outcomes).containsExactly(Outcome.SUCCESS);
        });
  }

  @ParameterizedTest
  @ValueSource(strings = {"reactor", "jdk"})
  void aBodyThatNobodyWantsAnyMoreSaysNothing(String connector) throws Exception {
    with(
        connector,
        1,
        (context, backends) -> {
          backends.answers(HALF);
          AtomicBoolean some = new AtomicBoolean();
          Disposable reading =
              body(context)
                  .doOnNext(
                      buffer -> {
                        DataBufferUtils.release(buffer);
                        some.set(true);
                      })
                  .subscribe();
          await(some::get);
          assertThat(inFlight(context)).isEqualTo(1);
          reading.dispose();
          await(() -> inFlight(context) == 0);
          assertThat(backends.outcomes).containsExactly(Outcome.CANCELLED);
        });
  }

  @ParameterizedTest
  @ValueSource(strings = {"reactor", "jdk"})
  void aBodyThatBreaksIsAFailure(String connector) throws Exception {
    with(
        connector,
        1,
        (context, backends) -> {
          backends.answers(
              new MockResponse.Builder()
                  .body("x".repeat(1_000_000))
                  .onResponseBody(new SocketEffect.CloseSocket())
                  .build());
          assertThatThrownBy(() -> body(context).map(DataBufferUtils::release).blockLast())
              .hasRootCauseInstanceOf(IOException.class);
          assertThat(backends.outcomes).containsExactly(Outcome.FAILURE);
        });
  }

  @ParameterizedTest
  @ValueSource(strings = {"reactor", "jdk"})
  void aRequestThatIsCancelledSaysNothingAndIsNotRepeated(String connector) throws Exception {
    with(
        connector,
        2,
        (context, backends) -> {
          backends.answers(NO_ANSWER);
          Disposable request = body(context).subscribe();
          await(() -> backends.requests.get() == 1);
          request.dispose();
          await(() -> inFlight(context) == 0);
          assertThat(backends.outcomes).containsExactly(Outcome.CANCELLED);
          assertThat(backends.requests).hasValue(1);
        });
  }

  @ParameterizedTest
  @ValueSource(strings = {"headers", "body"})
  void aTimeoutOfTheSubscriberSaysNothing(String until) throws Exception {
    with(
        "reactor",
        2,
        (context, backends) -> {
          backends.answers(until.equals("headers") ? NO_ANSWER : HALF);
          assertThatThrownBy(
                  () ->
                      body(context)
                          .map(DataBufferUtils::release)
                          .then()
                          .timeout(Duration.ofSeconds(1))
                          .block())
              .hasCauseInstanceOf(TimeoutException.class);
          await(() -> inFlight(context) == 0);
          assertThat(backends.outcomes).containsExactly(Outcome.CANCELLED);
        });
  }

  /** Those who look at a body later may not come to it. */
  @ParameterizedTest
  @ValueSource(strings = {"reactor", "jdk"})
  void whoIsGoneBeforeTheBodyIsBegunSaysNothing(String connector) throws Exception {
    with(
        connector,
        1,
        (context, backends) -> {
          CompletableFuture<Void> here = new CompletableFuture<>();
          Disposable request =
              client(context)
                  .get()
                  .uri("http://orders/")
                  .exchangeToMono(
                      response -> {
                        here.complete(null);
                        return Mono.never();
                      })
                  .subscribe();
          here.join();
          assertThat(inFlight(context)).isEqualTo(1);
          request.dispose();
          await(() -> inFlight(context) == 0);
          assertThat(backends.outcomes).containsExactly(Outcome.CANCELLED);
        });
  }

  static List<Function<WebClient, Mono<?>>> readers() {
    return List.of(
        client -> client.get().uri("http://orders/").retrieve().toBodilessEntity(),
        client -> client.get().uri("http://orders/").retrieve().bodyToMono(Void.class),
        client -> client.get().uri("http://orders/").exchangeToMono(ClientResponse::releaseBody),
        client -> client.get().uri("http://orders/").exchangeToMono(r -> Mono.just(r.statusCode())),
        client -> client.get().uri("http://orders/").exchangeToMono(r -> Mono.empty()),
        client -> client.head().uri("http://orders/").retrieve().toBodilessEntity(),
        client ->
            client
                .get()
                .uri("http://orders/")
                .exchangeToMono(r -> Mono.error(new CancellationException()))
                .onErrorComplete(),
        client -> client.get().uri("http://orders/").retrieve().toEntity(String.class),
        client -> client.get().uri("http://orders/").retrieve().bodyToFlux(byte[].class).next());
  }

  @ParameterizedTest
  @MethodSource("readers")
  void howeverAResponseIsReadItsRequestEndsOnce(Function<WebClient, Mono<?>> reader)
      throws Exception {
    for (String connector : List.of("reactor", "jdk")) {
      with(
          connector,
          1,
          (context, backends) -> {
            reader.apply(client(context)).block();
            await(() -> inFlight(context) == 0);
            assertThat(backends.outcomes).containsExactly(Outcome.SUCCESS);
          });
    }
  }

  @Test
  void aResponseThatSaysFailureIsOneHoweverItIsRead() throws Exception {
    with(
        "reactor",
        1,
        new String[] {"evenkeel.defaults.failover.attempts=1"},
        (context, backends) -> {
          backends.answers((number, request) -> status(500));
          assertThatThrownBy(() -> body(context).blockLast())
              .isInstanceOf(WebClientResponseException.InternalServerError.class);
          client(context)
              .get()
              .uri("http://orders/")
              .exchangeToMono(response -> Mono.just(true))
              .block();
          assertThat(backends.outcomes).containsExactly(Outcome.FAILURE, Outcome.FAILURE);
        });
  }

  @Test
  void aBodyCanBeReadLater() throws Exception {
    with(
        "reactor",
        1,
        (context, backends) -> {
          ResponseEntity<Flux<String>> entity =
              client(context)
                  .get()
                  .uri("http://orders/")
                  .retrieve()
                  .toEntityFlux(String.class)
                  .block();
          assertThat(inFlight(context)).isEqualTo(1);
          assertThat(requireNonNull(requireNonNull(entity).getBody()).blockLast()).isEqualTo("ok");
          assertThat(backends.outcomes).containsExactly(Outcome.SUCCESS);
        });
  }

  @Test
  void aBodyThatIsNeverReadIsForgottenInTheEnd() throws Exception {
    with(
        "reactor",
        1,
        new String[] {"evenkeel.defaults.lease-limit=1s"},
        (context, backends) -> {
          client(context).get().uri("http://orders/").retrieve().toEntityFlux(String.class).block();
          assertThat(inFlight(context)).isEqualTo(1);
          await(() -> inFlight(context) == 0);
          assertThat(backends.outcomes).containsExactly(Outcome.CANCELLED);
        });
  }
}
