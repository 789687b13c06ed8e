package io.evenkeel.lb.failover;

import static io.evenkeel.lb.failover.Lab.fails;
import static io.evenkeel.lb.failover.Lab.hangs;
import static io.evenkeel.lb.failover.Lab.ok;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.EndpointSource;
import io.evenkeel.lb.Node;
import io.evenkeel.lb.RequestContext;
import io.evenkeel.lb.failover.Lab.Way;
import io.evenkeel.lb.strategy.RoundRobin;
import io.evenkeel.lb.testkit.FakeTicker;
import io.evenkeel.lb.testkit.ManualScheduler;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class HedgingTest {
  private static final CallContext GET = CallContext.idempotent();

  private static Lab lab(UnaryOperator<FailoverBuilder> settings) {
    return new Lab(
        Way.ASYNC,
        3,
        b ->
            settings.apply(
                b.budget(RetryBudget.unlimited())
                    .hedging(Hedging.after(Duration.ofMillis(20), 0.5))));
  }

  private static Lab lab() {
    return lab(builder -> builder);
  }

  @Test
  void aCallWithoutAnAnswerIsMadeElsewhereAsWellAndTheLoserIsCancelled() {
    try (Lab lab = lab().attempt(1, hangs())) {
      long began = lab.ticker.read();
      assertThat(lab.call(GET)).isEqualTo("ok");
      assertThat(Duration.ofNanos(lab.ticker.read() - began))
          .isBetween(Duration.ofMillis(20), Duration.ofMillis(22));
      assertThat(lab.attempts).hasSize(2).doesNotHaveDuplicates();
      assertThat(lab.given).containsExactly(lab.attempts.get(0));
      assertThat(lab.inFlight()).isZero();
    }
  }

  @Test
  void aQuickAnswerIsNotHedged() {
    try (Lab lab = lab().all(ok().after(Duration.ofMillis(19)))) {
      int timers = lab.scheduler.pending();
      assertThat(lab.call(GET)).isEqualTo("ok");
      assertThat(lab.attempts).hasSize(1);
      assertThat(lab.scheduler.pending()).isEqualTo(timers);
    }
  }

  @Test
  void onlyWhatMayBeRepeatedIsHedged() {
    try (Lab lab = lab().all(ok().after(Duration.ofMillis(100)))) {
      assertThat(lab.call(CallContext.once())).isEqualTo("ok");
      assertThat(lab.call(RequestContext.none())).isEqualTo("ok");
      assertThat(lab.attempts).hasSize(2);
    }
  }

  /** Resilience4j's hedge failed the call while the first attempt was about to succeed. */
  @Test
  void aHedgeThatFailsDoesNotBeatTheFirstAttempt() {
    try (Lab lab = lab().attempt(1, ok().after(Duration.ofMillis(60)))) {
      lab.attempt(2, fails(new IOException("hedge")));
      assertThat(lab.call(GET)).isEqualTo("ok");
      assertThat(lab.attempts).hasSize(2);
    }
  }

  @Test
  void aFirstAttemptThatFailsWaitsForItsHedge() {
    try (Lab lab = lab().attempt(1, fails(new IOException("late")).after(Duration.ofMillis(30)))) {
      lab.attempt(2, ok().after(Duration.ofMillis(40)));
      assertThat(lab.call(GET)).isEqualTo("ok");
      assertThat(lab.attempts).hasSize(2);
    }
  }

  @Test
  void withoutARetryBudgetThereAreNoHedges() {
    RetryBudget none = RetryBudget.ofRate(0, Duration.ofSeconds(10));
    none.take(0);
    try (Lab lab = lab(b -> b.budget(none)).all(ok().after(Duration.ofMillis(100)))) {
      assertThat(none.take(lab.ticker.read())).isFalse();
      assertThat(lab.call(GET)).isEqualTo("ok");
      assertThat(lab.attempts).hasSize(1);
    }
  }

  /** Of 98 % in 5 to 10 ms and 2 % in a second. */
  @Test
  void theTailOfABimodalServiceIsTenTimesShorterForAFortiethOfTheRequests() {
    for (int seed = 1; seed <= 5; seed++) {
      Bimodal without = new Bimodal(seed, null);
      Bimodal with = new Bimodal(seed, Hedging.ofDefaults());
      assertThat(without.quantile(0.999)).isGreaterThan(990);
      assertThat(with.quantile(0.999))
          .as("p99.9 in ms, seed " + seed)
          .isLessThan(without.quantile(0.999) / 10);
      assertThat(with.attempts / (double) Bimodal.CALLS)
          .as("attempts for each call, seed " + seed)
          .isBetween(1.015, 1.025);
    }
  }

  /** Ten servers, a thousand calls a second. */
  private static final class Bimodal {
    static final int CALLS = 40_000;

    private final FakeTicker ticker = new FakeTicker(Long.MAX_VALUE - 20_000_000_000L);
    private final ManualScheduler scheduler = new ManualScheduler(ticker);
    private final SplittableRandom random;
    private final double[] millis = new double[CALLS];
    int attempts;

    Bimodal(long seed, @Nullable Hedging hedging) {
      this.random = new SplittableRandom(seed);
      Endpoint[] endpoints = new Endpoint[10];
      for (int i = 0; i < endpoints.length; i++) {
        endpoints[i] = Endpoint.of("10.0.0.1", i + 1);
      }
      try (Balancer balancer =
          Balancer.builder("bimodal")
              .source(EndpointSource.of(endpoints))
              .strategy(RoundRobin.of())
              .ticker(ticker)
              .scheduler(scheduler)
              .build()) {
        FailoverBuilder builder = Failover.builder(balancer).ticker(ticker).scheduler(scheduler);
        run((hedging == null ? builder : builder.hedging(hedging)).build());
        assertThat(balancer.nodes()).allMatch(node -> node.inFlight() == 0);
      }
      Arrays.sort(millis);
    }

    @SuppressWarnings("FutureReturnValueIgnored") // all must have ended
    private void run(Failover failover) {
      AtomicInteger ended = new AtomicInteger();
      for (int i = 0; i < CALLS; i++) {
        int call = i;
        long began = ticker.read();
        failover
            .callAsync(GET, endpoint -> answer())
            .whenComplete(
                (value, thrown) -> {
                  millis[call] = (ticker.read() - began) / 1e6;
                  ended.incrementAndGet();
                });
        scheduler.advance(Duration.ofMillis(1));
      }
      scheduler.advance(Duration.ofSeconds(3));
      assertThat(ended).hasValue(CALLS);
    }

    private CompletableFuture<String> answer() {
      attempts++;
      double time = random.nextInt(100) < 2 ? 1000 : 5 + 5 * random.nextDouble();
      CompletableFuture<String> answer = new CompletableFuture<>();
      scheduler.schedule(() -> answer.complete("ok"), (long) (time * 1e6));
      return answer;
    }

    double quantile(double share) {
      return millis[(int) (share * CALLS)];
    }
  }

  /** In real time, on real threads. */
  @Test
  void aThreadThatWaitsGetsTheAnswerOfTheHedgeAndTheOtherThreadIsInterrupted() throws Exception {
    try (Balancer balancer =
        Balancer.builder("orders")
            .source(EndpointSource.of(Endpoint.of("10.0.0.1", 1), Endpoint.of("10.0.0.1", 2)))
            .strategy(RoundRobin.of())
            .build()) {
      Failover failover =
          Failover.builder(balancer).hedging(Hedging.after(Duration.ofMillis(5), 0.5)).build();
      AtomicBoolean first = new AtomicBoolean(true);
      CountDownLatch interrupted = new CountDownLatch(1);
      Endpoint served =
          failover.call(
              GET,
              endpoint -> {
                if (first.getAndSet(false)) {
                  try {
                    new CountDownLatch(1).await();
                  } catch (InterruptedException e) {
                    interrupted.countDown();
                    throw e;
                  }
                }
                return endpoint;
              });
      assertThat(served).isNotNull();
      assertThat(interrupted.await(20, TimeUnit.SECONDS)).isTrue();
      assertThat(balancer.nodes()).extracting(Node::inFlight).containsOnly(0);
    }
  }

  @Test
  void settingsArePrintedAndThoseThatDoNotFitAreRefused() {
    assertThat(Hedging.ofDefaults()).hasToString("the slowest 2.5 %");
    assertThat(Hedging.after(Duration.ofMillis(20), 0.1))
        .hasToString("after PT0.02S at most 10.0 %");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Hedging.ofSlowest(0.6))
        .withMessage("share: 0.6 (expected: 0.001..0.5)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Hedging.after(Duration.ofNanos(1), 0.1))
        .withMessage("delay: PT0.000000001S (expected: >= PT0.0001S)");
  }

  /** 33 calls a second, each of which would be hedged. */
  @Test
  void callsTooFewForAShareAreHedgedNowAndThenAndNotMore() {
    Hedging rare = Hedging.after(Duration.ofMillis(20), 0.001);
    try (Lab lab = lab(b -> b.hedging(rare)).all(ok().after(Duration.ofMillis(30)))) {
      for (int call = 0; call < 6000; call++) {
        assertThat(lab.call(GET)).isEqualTo("ok");
      }
      assertThat(lab.attempts.size() - 6000).isBetween(4, 7);
    }
  }

  @Test
  void aCallIsNotHedgedWhereItIsUnderWay() {
    RetryBudget budget = RetryBudget.ofDefaults();
    Hedging hedging = Hedging.after(Duration.ofMillis(20), 0.5);
    try (Lab lab = new Lab(Way.ASYNC, 1, b -> b.budget(budget).hedging(hedging))) {
      lab.all(ok().after(Duration.ofMillis(100)));
      double before = budget.available(lab.ticker.read());
      assertThat(lab.call(GET)).isEqualTo("ok");
      assertThat(lab.attempts).hasSize(1);
      assertThat(budget.available(lab.ticker.read())).isEqualTo(before);
    }
  }

  /** The hedges' own has one to begin with, and no more for a long while. */
  @Test
  void whatTheRetryBudgetRefusesIsNotTakenFromTheHedges() {
    AtomicBoolean open = new AtomicBoolean();
    RetryBudget budget =
        new RetryBudget() {
          @Override
          public void begun(long nowNanos) {}

          @Override
          public boolean take(long nowNanos) {
            return open.get();
          }

          @Override
          public double available(long nowNanos) {
            return open.get() ? 1 : 0;
          }
        };
    Hedging rare = Hedging.after(Duration.ofMillis(20), 0.001);
    try (Lab lab = lab(b -> b.budget(budget).hedging(rare))) {
      lab.all(ok().after(Duration.ofMillis(30)));
      assertThat(lab.call(GET)).isEqualTo("ok");
      assertThat(lab.attempts).hasSize(1);
      open.set(true);
      assertThat(lab.call(GET)).isEqualTo("ok");
      assertThat(lab.attempts).hasSize(3);
    }
  }
}
