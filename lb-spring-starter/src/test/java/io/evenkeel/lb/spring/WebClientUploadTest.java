package io.evenkeel.lb.spring;

import static io.evenkeel.lb.spring.Backends.RESET;
import static io.evenkeel.lb.spring.Backends.status;
import static io.evenkeel.lb.spring.Contexts.await;
import static io.evenkeel.lb.spring.Contexts.inFlight;
import static io.evenkeel.lb.spring.WebClients.client;
import static io.evenkeel.lb.spring.WebClients.runner;
import static io.evenkeel.lb.spring.WebClients.send;
import static io.evenkeel.lb.spring.WebClients.with;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evenkeel.lb.Outcome;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import mockwebserver3.RecordedRequest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.context.ApplicationContext;
import org.springframework.core.io.ByteArrayResource;
import org.springframework.http.HttpMethod;
import org.springframework.http.client.MultipartBodyBuilder;
import org.springframework.web.reactive.function.BodyInserters;
import org.springframework.web.reactive.function.client.WebClient;
import org.springframework.web.reactive.function.client.WebClientResponseException;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/** Which bodies of requests of WebClient are sent again. */
@Timeout(60)
class WebClientUploadTest {
  private static WebClient.RequestBodySpec put(ApplicationContext context) {
    return client(context).put().uri("http://orders/");
  }

  private static String sent(RecordedRequest request) {
    return requireNonNull(request.getBody()).utf8();
  }

  /** What is read later is as it was sent first, and whoever makes it is asked once. */
  @ParameterizedTest
  @ValueSource(strings = {"reactor", "jdk"})
  void aBodyInOnePieceIsSentAgain(String connector) throws Exception {
    with(
        connector,
        3,
        (context, backends) -> {
          AtomicInteger asked = new AtomicInteger();
          backends.answers(status(503), RESET);
          send(
              put(context)
                  .body(Mono.fromSupplier(() -> "made " + asked.incrementAndGet()), String.class));
          assertThat(backends.received).hasSize(3).extracting(r -> sent(r)).containsOnly("made 1");
          backends.requests.set(0);
          backends.received.clear();
          send(put(context).body(BodyInserters.fromFormData("a", "b").with("c", "d")));
          assertThat(backends.received)
              .hasSize(3)
              .allSatisfy(
                  request -> {
                    assertThat(sent(request)).isEqualTo("a=b&c=d");
                    assertThat(request.getHeaders().get("Content-Type"))
                        .startsWith("application/x-www-form-urlencoded");
                  });
          backends.requests.set(0);
          backends.received.clear();
          send(put(context).body(Mono.empty(), String.class));
          assertThat(backends.received).hasSize(3).extracting(r -> sent(r)).containsOnly("");
        });
  }

  @ParameterizedTest
  @ValueSource(strings = {"reactor", "jdk"})
  void aBodyThatStreamsIsSentOnce(String connector) throws Exception {
    with(
        connector,
        3,
        (context, backends) -> {
          backends.answers((number, request) -> status(503));
          AtomicInteger asked = new AtomicInteger();
          Flux<String> parts =
              Flux.just("a", "b").doOnSubscribe(subscription -> asked.incrementAndGet());
          assertThatThrownBy(() -> send(put(context).body(parts, String.class)))
              .isInstanceOf(WebClientResponseException.ServiceUnavailable.class);
          assertThat(asked).hasValue(1);
          assertThat(backends.received).hasSize(1).extracting(r -> sent(r)).containsOnly("ab");
          MultipartBodyBuilder form = new MultipartBodyBuilder();
          form.part(
              "file",
              new ByteArrayResource(
                  "x".repeat(10_000).getBytes(java.nio.charset.StandardCharsets.UTF_8)));
          assertThatThrownBy(
              () -> send(put(context).body(BodyInserters.fromMultipartData(form.build()))));
          assertThat(backends.requests).hasValue(2);
        });
  }

  /** Reactor Netty asks for a body when it has a connection. */
  @Test
  void aBodyThatStreamsGoesWhereThereIsAConnection() throws Exception {
    try (Backends backends = Backends.of(1)) {
      runner(backends, "spring.http.clients.reactive.connector=reactor")
          .withPropertyValues(backends.behindNobody())
          .run(
              context -> {
                send(put(context).body(Flux.just("a", "b"), String.class));
                assertThat(backends.outcomes).containsExactly(Outcome.UNREACHABLE, Outcome.SUCCESS);
                assertThat(backends.received).extracting(r -> sent(r)).containsExactly("ab");
              });
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"reactor", "jdk"})
  void aBodyThatCannotBeHadSaysNothingOfTheEndpoint(String connector) throws Exception {
    with(
        connector,
        2,
        (context, backends) -> {
          IOException gone = new IOException("gone");
          for (Flux<String> parts :
              List.of(Flux.<String>error(gone), Flux.just("a").concatWith(Flux.error(gone)))) {
            backends.outcomes.clear();
            assertThatThrownBy(() -> send(put(context).body(parts, String.class)))
                .hasStackTraceContaining("gone");
            await(() -> inFlight(context) == 0);
            assertThat(backends.outcomes).containsExactly(Outcome.CANCELLED);
          }
          backends.outcomes.clear();
          assertThatThrownBy(() -> send(put(context).body(Mono.error(gone), String.class)))
              .hasStackTraceContaining("gone");
          assertThat(backends.outcomes).containsExactly(Outcome.CANCELLED);
        });
  }

  /** An endpoint that has no answer for an upload that lasts is not waited for for ever. */
  @Test
  void anUploadIsCutOffWithItsAttempt() throws Exception {
    with(
        "reactor",
        2,
        new String[] {"evenkeel.defaults.failover.attempt-timeout=1s"},
        (context, backends) -> {
          Sinks.Many<String> parts = Sinks.many().unicast().onBackpressureBuffer();
          parts.tryEmitNext("a");
          AtomicReference<Throwable> thrown = new AtomicReference<>();
          client(context)
              .method(HttpMethod.PUT)
              .uri("http://orders/")
              .body(parts.asFlux(), String.class)
              .retrieve()
              .toBodilessEntity()
              .subscribe(entity -> {}, thrown::set);
          await(() -> thrown.get() != null);
          assertThat(backends.outcomes).containsExactly(Outcome.TIMEOUT);
        });
  }
}
