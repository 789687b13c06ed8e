package io.evenkeel.lb.failover;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.EndpointSource;
import io.evenkeel.lb.Node;
import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.strategy.RoundRobin;
import io.github.resilience4j.retry.RetryConfig;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Real threads and real time: limits pass while operations end. */
@Timeout(120)
@SuppressWarnings("FutureReturnValueIgnored") // that all end is counted
class FailoverRaceTest {
  private static final CallContext GET = CallContext.idempotent();
  private static final int THREADS = 4;

  private final AtomicInteger attempts = new AtomicInteger();
  private final AtomicInteger attemptEnds = new AtomicInteger();
  private final AtomicInteger callEnds = new AtomicInteger();
  private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
  private final ExecutorService callers = Executors.newFixedThreadPool(THREADS);
  private final Balancer balancer =
      Balancer.builder("orders")
          .source(
              EndpointSource.of(
                  Endpoint.of("10.0.0.1", 1),
                  Endpoint.of("10.0.0.1", 2),
                  Endpoint.of("10.0.0.1", 3)))
          .strategy(RoundRobin.of())
          .build();

  @AfterEach
  void close() {
    balancer.close();
    timer.shutdownNow();
    callers.shutdownNow();
  }

  private FailoverBuilder failover() {
    return Failover.builder(balancer)
        .retry(RetryConfig.custom().maxAttempts(3).intervalFunction(made -> 0L).build())
        .budget(RetryBudget.unlimited())
        .listener(
            new FailoverListener() {
              @Override
              public void onAttempt(
                  FailoverCall call,
                  Endpoint endpoint,
                  Outcome outcome,
                  long latencyNanos,
                  int number,
                  boolean hedge) {
                attemptEnds.incrementAndGet();
              }

              @Override
              public void onCall(
                  FailoverCall call, FailoverException.@Nullable Reason failed, long nanos) {
                callEnds.incrementAndGet();
              }
            });
  }

  private void onAllThreads(Callable<Integer> each) throws Exception {
    List<Future<Integer>> all = new ArrayList<>();
    for (int i = 0; i < THREADS; i++) {
      all.add(callers.submit(each));
    }
    for (Future<Integer> one : all) {
      assertThat(one.get()).isZero();
    }
  }

  /** An interrupt that comes late would hit what the thread does next. */
  @Test
  void noInterruptReachesMoreThanTheOperationThatItIsMeantFor() throws Exception {
    Failover failover = failover().attemptTimeout(Duration.ofMillis(2)).build();
    AtomicInteger seeds = new AtomicInteger();
    AtomicInteger interrupted = new AtomicInteger();
    onAllThreads(
        () -> {
          SplittableRandom random = new SplittableRandom(seeds.incrementAndGet());
          int strays = 0;
          for (int call = 0; call < 400; call++) {
            try {
              failover.call(
                  GET,
                  endpoint -> {
                    attempts.incrementAndGet();
                    long end = System.nanoTime() + random.nextLong(12_000_000);
                    while (System.nanoTime() - end < 0) {
                      if (random.nextBoolean() && Thread.interrupted()) {
                        interrupted.incrementAndGet();
                        throw new InterruptedException();
                      }
                    }
                    return endpoint;
                  });
            } catch (FailoverException e) {
              assertThat(e.attempts()).hasSize(3);
            }
            strays += Thread.interrupted() ? 1 : 0;
          }
          return strays;
        });
    assertThat(interrupted).as("interrupts").hasValueGreaterThan(50);
    assertThat(callEnds).hasValue(THREADS * 400);
    assertThat(attemptEnds).hasValue(attempts.get());
    assertThat(balancer.nodes()).extracting(Node::inFlight).containsOnly(0);
  }

  /** Stages that complete, fail, and never do; limits, hedges, and callers that cancel. */
  @Test
  void everyStageAttemptAndCallEndsOnce() throws Exception {
    Failover failover =
        failover()
            .attemptTimeout(Duration.ofMillis(3))
            .hedging(Hedging.after(Duration.ofMillis(1), 0.5))
            .build();
    int calls = 5000;
    CountDownLatch over = new CountDownLatch(THREADS * calls);
    AtomicInteger completions = new AtomicInteger();
    AtomicInteger seeds = new AtomicInteger();
    onAllThreads(
        () -> {
          SplittableRandom random = new SplittableRandom(seeds.incrementAndGet());
          for (int call = 0; call < calls; call++) {
            CompletableFuture<Endpoint> result =
                failover.callAsync(GET, endpoint -> answer(endpoint, random.nextInt()));
            result.whenComplete(
                (value, thrown) -> {
                  completions.incrementAndGet();
                  over.countDown();
                });
            if (random.nextInt(10) == 0) {
              timer.schedule(
                  () -> result.cancel(true), random.nextInt(4000), TimeUnit.MICROSECONDS);
            }
          }
          return 0;
        });
    assertThat(over.await(60, TimeUnit.SECONDS)).isTrue();
    assertThat(completions).hasValue(THREADS * calls);
    assertThat(callEnds).hasValue(THREADS * calls);
    long deadline = System.nanoTime() + 20_000_000_000L;
    while (attemptEnds.get() != attempts.get() && System.nanoTime() - deadline < 0) {
      Thread.onSpinWait();
    }
    assertThat(attemptEnds).hasValue(attempts.get());
    assertThat(balancer.nodes()).extracting(Node::inFlight).containsOnly(0);
  }

  private CompletableFuture<Endpoint> answer(Endpoint endpoint, int chance) {
    attempts.incrementAndGet();
    CompletableFuture<Endpoint> answer = new CompletableFuture<>();
    switch (chance & 7) {
      case 0 -> {}
      case 1 -> answer.complete(endpoint);
      case 2 -> answer.completeExceptionally(new IOException("failed"));
      case 3 ->
          timer.schedule(
              () -> answer.completeExceptionally(new IOException("late")),
              (chance >>> 3) % 4000,
              TimeUnit.MICROSECONDS);
      default ->
          timer.schedule(
              () -> answer.complete(endpoint), (chance >>> 3) % 4000, TimeUnit.MICROSECONDS);
    }
    return answer;
  }
}
