package io.evenkeel.lb.failover;

import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.failover.setting.Expect;
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

  /** Of the reserve, in millionths of a retry. */
  private static final long RETRY = 1_000_000;

  private final double share;
  private final Duration window;
  private final Reserve kept;

  /** Of the share, however few retries help. */
  private static final double LEAST = 0.25;

  /** Which part of the retries must help for more than the least, and for all of the share. */
  private static final double LITTLE_HELP = 0.8;

  private static final double MUCH_HELP = 0.95;

  /** How much one retry says of how many help: as an average over some fifty of them. */
  private static final double NEWS = 0.02;

  /** First the calls, second the retries. */
  private final SlidingCounts counts;

  /**
   * Which part of the retries has helped lately, however long ago they were: while an outage lasts
   * it must not be forgotten because the budget allowed for none. The bits of a double.
   */
  private final AtomicLong help = new AtomicLong(Double.doubleToRawLongBits(1));

  private final AtomicLong reserve = new AtomicLong(RETRY);

  /**
   * What there is beside a share that is too little.
   *
   * @param few who may retry so often in a window needs no reserve
   * @param gain of a call
   */
  private record Reserve(int few, long gain, long most) {}

  private RateBudget(double share, Duration window, Reserve kept) {
    this.kept = kept;
    this.share = Expect.within("share", share, 0.0, 1.0);
    if (Expect.positive("window", window).compareTo(Duration.ofSeconds(1)) < 0) {
      throw new IllegalArgumentException("window: " + window + " (expected: >= PT1S)");
    }
    this.window = window;
    this.counts = new SlidingCounts(window.toNanos(), SLOTS, this::save);
  }

  static RateBudget ofRetries(double share, Duration window) {
    return new RateBudget(share, window, new Reserve(10, RETRY / 10, 10 * RETRY));
  }

  /** Where the share of a window is less than one, it is saved up for one at a time. */
  static RateBudget ofHedges(double share, Duration window) {
    return new RateBudget(share, window, new Reserve(1, (long) (share * RETRY), RETRY));
  }

  @Override
  public void begun(long nowNanos) {
    counts.addFirst(nowNanos);
  }

  /** Calls that leave the window fill the reserve, where they are too few to allow for much. */
  private void save(long calls) {
    if (calls > 0 && allowed() < kept.few) {
      reserve.getAndUpdate(has -> Math.min(kept.most, has + Math.min(calls, 1000) * kept.gain));
    }
  }

  private double allowed() {
    double more = (helping() - LITTLE_HELP) / (MUCH_HELP - LITTLE_HELP);
    double part = LEAST + (1 - LEAST) * Math.max(0, Math.min(1, more));
    return share * counts.first() * part;
  }

  private double helping() {
    return Double.longBitsToDouble(help.get());
  }

  @Override
  public void ended(Outcome outcome, int number, long nowNanos) {
    if (number > 1 && outcome != Outcome.CANCELLED) {
      double helped = outcome.isFailure() ? 0 : 1;
      help.getAndUpdate(
          bits -> {
            double before = Double.longBitsToDouble(bits);
            return Double.doubleToRawLongBits(before + NEWS * (helped - before));
          });
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
