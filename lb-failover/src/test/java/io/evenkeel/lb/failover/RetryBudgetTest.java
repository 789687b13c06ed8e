package io.evenkeel.lb.failover;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.evenkeel.lb.Outcome;
import java.time.Duration;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RetryBudgetTest {
  private static final long SECOND = 1_000_000_000;

  /** The clock wraps around in most tests. */
  private long now = Long.MAX_VALUE - 30 * SECOND;

  /** Every call fails and would be retried twice. */
  private double amplification(RetryBudget budget, double callsPerSecond, int seconds) {
    int calls = 0;
    int attempts = 0;
    for (long end = now + seconds * SECOND;
        now - end < 0;
        now += (long) (SECOND / callsPerSecond)) {
      budget.begun(now);
      calls++;
      attempts++;
      for (int retry = 0; retry < 2; retry++) {
        attempts += budget.take(now) ? 1 : 0;
      }
    }
    return (double) attempts / calls;
  }

  @ParameterizedTest
  @ValueSource(doubles = {0.05, 0.2, 1, 3, 10, 100, 2000})
  void noClientIsAmplifiedBeyondItsShareAndATenth(double callsPerSecond) {
    int seconds = (int) (200 / Math.min(callsPerSecond, 1));
    double calls = callsPerSecond * seconds;
    assertThat(amplification(RetryBudget.ofDefaults(), callsPerSecond, seconds))
        .isLessThanOrEqualTo(1.3 + 1 / calls);
  }

  @Test
  void aBusyClientHasItsShareAndNoMore() {
    assertThat(amplification(RetryBudget.ofDefaults(), 2000, 60)).isBetween(1.17, 1.2);
  }

  @Test
  void aQuietClientMayRetryNowAndThen() {
    RetryBudget budget = RetryBudget.ofDefaults();
    budget.begun(now);
    assertThat(budget.take(now)).isTrue();
    assertThat(budget.take(now)).isFalse();
    for (int call = 0; call < 20; call++) {
      now += 60 * SECOND;
      budget.begun(now);
    }
    now += 60 * SECOND;
    assertThat(budget.available(now)).isEqualTo(2);
    assertThat(budget.take(now)).isTrue();
    assertThat(budget.take(now)).isTrue();
    assertThat(budget.take(now)).isFalse();
  }

  @Test
  void callsOfOldAreForgotten() {
    RetryBudget budget = RetryBudget.ofRate(0.2, Duration.ofSeconds(10));
    for (int call = 0; call < 1000; call++) {
      budget.begun(now);
    }
    assertThat(budget.available(now)).isEqualTo(201);
    now += 9 * SECOND;
    assertThat(budget.available(now)).isEqualTo(201);
    now += SECOND;
    assertThat(budget.available(now)).isOne();
  }

  /** What is true of every ten seconds, not of those alone that begin with a slot. */
  @ParameterizedTest
  @ValueSource(ints = {100, 500, 2000})
  void inAnyWindowThereIsAtMostTheShare(int callsPerSecond) {
    RetryBudget budget = RetryBudget.ofDefaults();
    int seconds = 60;
    int[] retries = new int[seconds * callsPerSecond];
    SplittableRandom random = new SplittableRandom(callsPerSecond);
    boolean failing = false;
    for (int call = 0; call < retries.length; call++) {
      failing ^= random.nextInt(4 * callsPerSecond) == 0;
      budget.begun(now);
      for (int retry = 0; failing && retry < 2; retry++) {
        retries[call] += budget.take(now) ? 1 : 0;
      }
      now += SECOND / callsPerSecond;
    }
    int window = 10 * callsPerSecond;
    int sum = 0;
    for (int call = 0; call < retries.length; call++) {
      sum += retries[call] - (call >= window ? retries[call - window] : 0);
      // The reserve of the beginning is one retry.
      assertThat(sum).isLessThanOrEqualTo((int) (0.2 * Math.min(call + 1, window)) + 1);
    }
    assertThat(sum).isGreaterThan(window / 20);
  }

  @Test
  void retriesThatFailAsWellCostTheBudgetItsShare() {
    RetryBudget budget = RetryBudget.ofDefaults();
    int calls = 0;
    int retries = 0;
    for (int i = 0; i < 60_000; i++) {
      boolean outage = i >= 20_000;
      budget.begun(now);
      budget.ended(outage ? Outcome.UNREACHABLE : Outcome.SUCCESS, 1, 0);
      if (outage) {
        calls++;
        if (budget.take(now)) {
          retries++;
          budget.ended(Outcome.UNREACHABLE, 2, now);
        }
      }
      now += SECOND / 1000;
    }
    assertThat((double) retries / calls).isBetween(0.03, 0.06);
    // And gives it back when they help again.
    int helped = 0;
    for (int i = 0; i < 20_000; i++) {
      budget.begun(now);
      if (budget.take(now)) {
        helped++;
        budget.ended(Outcome.SUCCESS, 2, now);
      }
      now += SECOND / 1000;
    }
    assertThat(helped).isGreaterThan(2500);
  }

  /** Else each window of an outage begins with a burst. */
  @Test
  void whatRetriesWereGoodForIsRememberedWhileThereAreNone() {
    RetryBudget budget = RetryBudget.ofDefaults();
    for (int i = 0; i < 40_000; i++) {
      budget.begun(now);
      if (i < 12_000 && budget.take(now)) {
        budget.ended(Outcome.TIMEOUT, 2, now);
      }
      now += SECOND / 1000;
    }
    assertThat(budget.available(now)).isBetween(450.0, 500.0);
  }

  @Test
  @Timeout(60)
  void threadsThatTakeAtOnceTakeNoMoreThanThereIs() throws Exception {
    SplittableRandom seeds = new SplittableRandom(1);
    for (int round = 0; round < 500; round++) {
      RetryBudget budget = RetryBudget.ofRate(0.2, Duration.ofSeconds(10));
      int calls = seeds.nextInt(200);
      for (int call = 0; call < calls; call++) {
        budget.begun(now);
      }
      AtomicInteger taken = new AtomicInteger();
      CountDownLatch start = new CountDownLatch(1);
      Thread[] threads = new Thread[4];
      for (int i = 0; i < threads.length; i++) {
        threads[i] =
            new Thread(
                () -> {
                  try {
                    start.await();
                  } catch (InterruptedException e) {
                    throw new AssertionError(e);
                  }
                  for (int j = 0; j < 50; j++) {
                    taken.addAndGet(budget.take(now) ? 1 : 0);
                  }
                });
        threads[i].start();
      }
      start.countDown();
      for (Thread thread : threads) {
        thread.join();
      }
      assertThat(taken.get()).isLessThanOrEqualTo(1 + (int) (0.2 * calls));
    }
  }

  /** gRPC's proposal A6. */
  @Test
  void tokensAllowRetriesWhileMoreThanHalfAreLeft() {
    RetryBudget budget = RetryBudget.ofTokens(10, 0.1);
    for (int failures = 0; failures < 5; failures++) {
      assertThat(budget.take(now)).isTrue();
      budget.ended(Outcome.FAILURE, 1, now);
    }
    assertThat(budget.take(now)).isFalse();
    budget.ended(Outcome.CANCELLED, 1, now);
    assertThat(budget.take(now)).isFalse();
    budget.ended(Outcome.SUCCESS, 1, now);
    assertThat(budget.take(now)).isTrue();
    for (int failures = 0; failures < 100; failures++) {
      budget.ended(Outcome.TIMEOUT, 1, now);
    }
    for (int successes = 0; successes < 50; successes++) {
      assertThat(budget.take(now)).isFalse();
      budget.ended(Outcome.SUCCESS, 1, now);
    }
    budget.ended(Outcome.SUCCESS, 1, now);
    assertThat(budget.take(now)).isTrue();
  }

  @Test
  void settingsArePrintedAndThoseThatDoNotFitAreRefused() {
    assertThat(RetryBudget.ofDefaults()).hasToString("20.0 % of PT10S");
    assertThat(RetryBudget.ofTokens(10, 0.1)).hasToString("10 tokens, 0.1 for a success");
    assertThat(RetryBudget.unlimited()).hasToString("unlimited");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> RetryBudget.ofRate(1.1, Duration.ofSeconds(10)))
        .withMessage("share: 1.1 (expected: 0.0..1.0)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> RetryBudget.ofRate(0.1, Duration.ofMillis(10)))
        .withMessage("window: PT0.01S (expected: >= PT1S)");
  }
}
