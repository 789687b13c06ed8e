package io.evenkeel.lb.spring;

import static io.evenkeel.lb.spring.Backends.NO_ANSWER;
import static io.evenkeel.lb.spring.Backends.status;
import static io.evenkeel.lb.spring.Contexts.await;
import static io.evenkeel.lb.spring.Contexts.inFlight;
import static io.evenkeel.lb.spring.WebClients.client;
import static io.evenkeel.lb.spring.WebClients.get;
import static io.evenkeel.lb.spring.WebClients.runner;
import static io.evenkeel.lb.spring.WebClients.with;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.failover.FailoverException;
import io.netty.channel.ChannelException;
import io.netty.handler.timeout.ReadTimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.web.reactive.function.client.ClientResponse;
import org.springframework.web.reactive.function.client.WebClient;
import org.springframework.web.reactive.function.client.WebClientRequestException;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import reactor.netty.channel.AbortedException;

/** How long a WebClient waits for an attempt, and that its threads do not. */
@Timeout(60)
class WebClientTimesTest {
  @ParameterizedTest
  @ValueSource(strings = {"reactor", "jdk"})
  void anAttemptThatTakesTooLongIsMadeElsewhere(String connector) throws Exception {
    with(
        connector,
        2,
        new String[] {"evenkeel.defaults.failover.attempt-timeout=1s"},
        (context, backends) -> {
          backends.answers(NO_ANSWER);
          assertThat(get(context)).isEqualTo("ok");
          assertThat(backends.outcomes).containsExactly(Outcome.TIMEOUT, Outcome.SUCCESS);
        });
  }

  @Test
  void theDeadlineHoldsForAllAttempts() throws Exception {
    with(
        "reactor",
        2,
        new String[] {
          "evenkeel.defaults.failover.deadline=1s", "evenkeel.defaults.failover.attempts=100"
        },
        (context, backends) -> {
          backends.answers((number, request) -> NO_ANSWER);
          assertThat(catchThrowable(() -> get(context)))
              .isInstanceOf(WebClientRequestException.class)
              .cause()
              .cause()
              .isInstanceOfSatisfying(
                  FailoverException.class,
                  e -> assertThat(e.reason()).isEqualTo(FailoverException.Reason.DEADLINE));
        });
  }

  @Test
  void aReadTimeoutOfTheClientIsATimeout() throws Exception {
    with(
        "reactor",
        2,
        new String[] {"spring.http.clients.read-timeout=500ms"},
        (context, backends) -> {
          backends.answers(NO_ANSWER);
          assertThat(get(context)).isEqualTo("ok");
          assertThat(backends.outcomes).containsExactly(Outcome.TIMEOUT, Outcome.SUCCESS);
        });
  }

  @Test
  void exceptionsOfNettyAreKnown() {
    assertThat(ClientFailures.of(new RuntimeException(ReadTimeoutException.INSTANCE)))
        .isEqualTo(Outcome.TIMEOUT);
    assertThat(ClientFailures.of(AbortedException.beforeSend())).isEqualTo(Outcome.FAILURE);
    assertThat(ClientFailures.of(new ChannelException())).isEqualTo(Outcome.FAILURE);
    assertThat(ClientFailures.of(new IllegalStateException())).isEqualTo(Outcome.CANCELLED);
  }

  @Test
  void anEndpointThatAsksToBeSparedIs() throws Exception {
    with(
        "reactor",
        1,
        (context, backends) -> {
          backends.answers(status(503).newBuilder().addHeader("Retry-After", "1").build());
          long begin = System.nanoTime();
          assertThat(get(context)).isEqualTo("ok");
          assertThat(System.nanoTime() - begin).isGreaterThan(990_000_000L);
        });
  }

  /** Whoever asks for a response is often a thread that must not wait. */
  @Test
  void whoSubscribesDoesNotWait() throws Exception {
    int calls = 40;
    Scheduler one = Schedulers.newSingle("subscriber");
    try {
      with(
          "reactor",
          2,
          (context, backends) -> {
            backends.answers((number, request) -> NO_ANSWER);
            var all =
                Flux.range(0, calls)
                    .map(i -> client(context).get().uri("http://orders/" + i))
                    .flatMap(request -> request.retrieve().bodyToMono(String.class), calls)
                    .subscribeOn(one)
                    .subscribe();
            await(() -> backends.requests.get() == calls);
            assertThat(inFlight(context)).isEqualTo(calls);
            all.dispose();
            await(() -> inFlight(context) == 0);
            assertThat(backends.outcomes).hasSize(calls).containsOnly(Outcome.CANCELLED);
          });
    } finally {
      one.dispose();
    }
  }

  @Test
  void aSlowGetIsHedged() throws Exception {
    with(
        "reactor",
        2,
        new String[] {
          "evenkeel.defaults.failover.attempt-timeout=30s",
          "evenkeel.defaults.failover.deadline=40s",
          "evenkeel.defaults.failover.hedging.delay=50ms",
          "evenkeel.defaults.failover.hedging.share=0.5"
        },
        (context, backends) -> {
          assertThat(get(context)).isEqualTo("ok");
          backends.requests.set(0);
          backends.outcomes.clear();
          backends.answers(NO_ANSWER);
          assertThat(get(context)).isEqualTo("ok");
          // Who lost is told of after the answer.
          await(() -> backends.outcomes.size() == 2);
          assertThat(backends.outcomes)
              .containsExactlyInAnyOrder(Outcome.CANCELLED, Outcome.SUCCESS);
        });
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void anAttemptThatNobodyWaitsForIsCancelled(boolean tooLong) throws Exception {
    AtomicInteger begun = new AtomicInteger();
    AtomicInteger cancelled = new AtomicInteger();
    try (Backends backends = Backends.of(1)) {
      String limit = "evenkeel.defaults.failover.attempt-timeout=" + (tooLong ? "100ms" : "10s");
      runner(backends, backends.property(), limit, "evenkeel.defaults.failover.attempts=1")
          .run(
              context -> {
                WebClient client =
                    context
                        .getBean(WebClient.Builder.class)
                        .exchangeFunction(
                            request ->
                                Mono.<ClientResponse>never()
                                    .doOnSubscribe(subscription -> begun.incrementAndGet())
                                    .doOnCancel(cancelled::incrementAndGet))
                        .build();
                Disposable request =
                    client
                        .get()
                        .uri("http://orders/")
                        .retrieve()
                        .toBodilessEntity()
                        .subscribe(entity -> {}, thrown -> {});
                await(() -> begun.get() == 1);
                if (!tooLong) {
                  request.dispose();
                }
                await(() -> cancelled.get() == 1);
                await(() -> inFlight(context) == 0);
                assertThat(backends.outcomes)
                    .containsExactly(tooLong ? Outcome.TIMEOUT : Outcome.CANCELLED);
              });
    }
  }
}
