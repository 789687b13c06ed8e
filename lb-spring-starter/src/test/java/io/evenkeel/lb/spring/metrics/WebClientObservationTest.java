package io.evenkeel.lb.spring.metrics;

import static io.evenkeel.lb.spring.metrics.Applications.orders;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.reactivestreams.Subscription;
import org.springframework.context.ApplicationContext;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.web.reactive.function.client.ClientResponse;
import org.springframework.web.reactive.function.client.WebClient;
import reactor.core.Disposable;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Mono;
import reactor.util.context.Context;

/** What is around the observation of a call that nobody waits for, and how it ends. */
@Timeout(60)
class WebClientObservationTest {
  private static final String KEY = "micrometer.observation";

  private final Notes notes = new Notes();

  /** What the subscriber has in its context. */
  private @Nullable Observation outer;

  /** What attempts have in theirs, by its name. */
  private final Queue<String> seen = new ConcurrentLinkedQueue<>();

  private void run(
      Mono<ClientResponse> answer,
      BiConsumer<ApplicationContext, Mono<ResponseEntity<Void>>> test) {
    orders()
        .withBean(ObservationRegistry.class, () -> notes.registry)
        .run(
            context ->
                test.accept(
                    context,
                    context
                        .getBean(WebClient.Builder.class)
                        .filters(
                            all ->
                                all.add(
                                    0,
                                    (request, next) ->
                                        next.exchange(request).contextWrite(this::subscriber)))
                        .exchangeFunction(
                            request ->
                                Mono.deferContextual(
                                    all -> {
                                      seen.add(name(all.getOrDefault(KEY, null)));
                                      return answer;
                                    }))
                        .build()
                        .get()
                        .uri("http://orders/")
                        .retrieve()
                        .toBodilessEntity()));
  }

  private Context subscriber(Context context) {
    return outer == null ? context.delete(KEY) : context.put(KEY, outer);
  }

  private static Mono<ClientResponse> ok() {
    return Mono.fromSupplier(() -> ClientResponse.create(HttpStatus.OK).build());
  }

  private static String name(@Nullable Observation observation) {
    return observation == null ? "none" : String.valueOf(observation.getContextView().getName());
  }

  @Test
  void itIsAPartOfWhatTheSubscriberHasAndAttemptsAreAPartOfIt() {
    run(
        ok(),
        (context, request) -> {
          Observation current = Observation.start("current", notes.registry);
          current.scoped(() -> request.block());
          assertThat(seen).containsExactly("lb.call");
          assertThat(notes.parents).containsExactly("current");
          outer = Observation.start("outer", notes.registry);
          current.scoped(() -> request.block());
          assertThat(notes.parents).containsExactly("current", "outer");
          // As a client has it that is not observed itself.
          outer = Observation.NOOP;
          current.scoped(() -> request.block());
          assertThat(notes.parents).containsExactly("current", "outer", "current");
          assertThat(notes.calls()).hasSize(3);
        });
  }

  @Test
  void everyAttemptIsAPartOfIt() {
    run(
        Mono.error(new java.net.ConnectException("nobody")),
        (context, request) -> {
          assertThatThrownBy(request::block).hasStackTraceContaining("nobody");
          assertThat(seen).containsExactly("lb.call", "lb.call", "lb.call");
          assertThat(notes.events)
              .hasSize(3)
              .allMatch(event -> event.matches("lb.call 10.* UNREACHABLE after \\d+ ms"));
          assertThat(notes.calls()).singleElement().asString().contains("result=attempts");
          assertThat(notes.errors)
              .singleElement()
              .asString()
              .startsWith("lb.call io.evenkeel.lb.failover.FailoverException");
        });
  }

  /** As nested observations have to. */
  @Test
  void itEndsBeforeTheSubscriberLearnsOfIt() {
    run(
        ok(),
        (context, request) -> {
          int ended = request.map(response -> notes.calls().size()).blockOptional().orElseThrow();
          assertThat(ended).isOne();
        });
    run(
        Mono.error(new IllegalStateException("broken")),
        (context, request) -> {
          int ended =
              request
                  .map(response -> 0)
                  .onErrorResume(thrown -> Mono.fromSupplier(() -> notes.calls().size()))
                  .blockOptional()
                  .orElseThrow();
          assertThat(ended).isEqualTo(2);
        });
  }

  @Test
  void aCallThatIsCancelledEndsItOnce() {
    run(
        Mono.never(),
        (context, request) -> {
          Disposable call = request.subscribe();
          assertThat(notes.started).containsExactly("lb.call");
          assertThat(notes.calls()).isEmpty();
          call.dispose();
          call.dispose();
          assertThat(notes.events)
              .singleElement()
              .asString()
              .matches("lb.call 10.* CANCELLED after \\d+ ms");
          assertThat(notes.calls())
              .singleElement()
              .asString()
              .contains("result=cancelled", "attempts=1");
          assertThat(notes.errors).isEmpty();
        });
  }

  /** While the call is begun there is nothing yet that could be cancelled. */
  @Test
  void aCallThatIsCancelledWhileItBeginsEndsItOnce() {
    BaseSubscriber<Object> subscriber = new BaseSubscriber<>() {};
    run(
        Mono.<ClientResponse>never().doOnSubscribe(subscription -> subscriber.cancel()),
        (context, request) -> {
          request.subscribe(subscriber);
          assertThat(notes.calls()).singleElement().asString().contains("result=cancelled");
          assertThat(notes.errors).isEmpty();
        });
  }

  @Test
  void whoAsksForNothingBeginsNone() {
    run(
        ok(),
        (context, request) -> {
          request.subscribe(
              new BaseSubscriber<Object>() {
                @Override
                protected void hookOnSubscribe(Subscription subscription) {
                  subscription.cancel();
                }
              });
          assertThat(notes.started).isEmpty();
          assertThat(seen).isEmpty();
        });
  }

  /** An exception of this kind may as well come from a client. */
  @Test
  void aClientThatCancelsByItselfEndsIt() {
    run(
        Mono.error(new java.util.concurrent.CancellationException("by the client")),
        (context, request) -> {
          assertThatThrownBy(request::block).hasStackTraceContaining("by the client");
          assertThat(notes.calls()).singleElement().asString().contains("result=cancelled");
        });
  }
}
