package io.evenkeel.lb.failover;

import io.evenkeel.lb.Outcome;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A share of the calls in a sliding window, and a reserve.
 *
 * <p>Memory: a retry is counted first and looked at then, so that there are never more than
 * allowed; two that meet at the limit may both be refused.
 */
final class RateBudget implements RetryBudget {
  private static final int SLOTS = 10;

  /** Of the reserve, in thousandths of a retry. */
  private static final long RETRY = 1000;

  private static final long MOST_IN_RESERVE = 10 * RETRY;
  private static final long GAIN_OF_A_CALL = RETRY / 10;

  /** Who may retry so often in a window needs no reserve. */
  private static final int FEW = 10;

  private final double share;
  private final Duration window;

  /** As many failed retries as these say little. */
  private static final double PRIOR = 10;

  private static final double LEAST_HELP = 0.25;

  /** First the calls, second the retries, third those of them that have failed. */
  private final SlidingCounts counts;

  private final AtomicLong reserve = new AtomicLong(RETRY);

  RateBudget(double share, Duration window) {
    this.share = Expect.within("share", share, 0.0, 1.0);
    if (Expect.positive("window", window).compareTo(Duration.ofSeconds(1)) < 0) {
      throw new IllegalArgumentException("window: " + window + " (expected: >= PT1S)");
    }
    this.window = window;
    this.counts = new SlidingCounts(window.toNanos(), SLOTS, this::save);
  }

  @Override
  public void begun(long nowNanos) {
    counts.addFirst(nowNanos);
  }

  /** Calls that leave the window fill the reserve, where they are too few to allow for much. */
  private void save(long calls) {
    if (calls > 0 && allowed() < FEW) {
      reserve.getAndUpdate(
          has -> Math.min(MOST_IN_RESERVE, has + Math.min(calls, 1000) * GAIN_OF_A_CALL));
    }
  }

  private double allowed() {
    double retries = counts.second();
    double help = (retries - counts.third() + PRIOR) / (retries + PRIOR);
    return share * counts.first() * Math.max(LEAST_HELP, Math.min(1, help));
  }

  @Override
  public void ended(Outcome outcome, int number, long nowNanos) {
    if (number > 1 && outcome.isFailure()) {
      counts.addThird(nowNanos);
    }
  }

  @Override
  public boolean take(long nowNanos) {
    counts.addSecond(1, nowNanos);
    if (counts.second() <= allowed()) {
      return true;
    }
    counts.addSecond(-1, nowNanos);
    return reserve.getAndUpdate(has -> has < RETRY ? has : has - RETRY) >= RETRY;
  }

  @Override
  public double available(long nowNanos) {
    counts.turnTo(nowNanos);
    return Math.max(0, Math.floor(allowed() - counts.second()))
        + Math.floorDiv(reserve.get(), RETRY);
  }

  @Override
  public String toString() {
    return Math.round(share * 1000) / 10.0 + " % of " + window;
  }
}
