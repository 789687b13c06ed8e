package io.evenkeel.example;

import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.failover.FailoverCall;
import io.evenkeel.lb.failover.FailoverException.Reason;
import io.evenkeel.lb.failover.FailoverListener;
import io.evenkeel.lb.failover.RetryBudget;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/** Counts what a failover did beyond the first attempt of each call, and what it gave up. */
final class CallTally implements FailoverListener {
  final RetryBudget budget = RetryBudget.ofDefaults();
  private final LongAdder failedAttempts = new LongAdder();
  private final LongAdder retries = new LongAdder();
  private final LongAdder hedges = new LongAdder();
  private final Map<Reason, Long> givenUp = new ConcurrentHashMap<>();

  @Override
  public void onAttempt(
      FailoverCall call,
      Endpoint endpoint,
      Outcome outcome,
      long latencyNanos,
      int number,
      boolean hedge) {
    if (outcome.isFailure()) {
      failedAttempts.increment();
    }
    if (hedge) {
      hedges.increment();
    } else if (number > 1) {
      retries.increment();
    }
  }

  @Override
  public void onCall(FailoverCall call, @Nullable Reason failed, long nanos) {
    if (failed != null) {
      givenUp.merge(failed, 1L, Long::sum);
    }
  }

  /** What was counted so far. */
  Calls calls() {
    return new Calls(
        failedAttempts.sum(),
        retries.sum(),
        hedges.sum(),
        (long) budget.available(System.nanoTime()),
        new TreeMap<>(givenUp));
  }

  /**
   * What a failover did.
   *
   * @param budget how many retries and hedges it might still make at the end
   * @param givenUp how many calls failed for good, by why
   */
  record Calls(
      long failedAttempts, long retries, long hedges, long budget, Map<Reason, Long> givenUp) {
    @Override
    public String toString() {
      return Text.format(
          "%d attempts failed; %d retries and %d hedges were made, and the budget has %d left",
          failedAttempts, retries, hedges, budget);
    }
  }
}
