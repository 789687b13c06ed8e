package io.evenkeel.lb.failover;

import io.evenkeel.lb.failover.setting.Expect;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * When a call that has no answer yet is made elsewhere as well, the first answer counting ("The
 * Tail at Scale", Dean and Barroso, 2013). Only {@linkplain CallContext#IDEMPOTENT idempotent}
 * calls are hedged, once each. Immutable and thread-safe.
 *
 * <p>A hedge is taken from a budget of its own and from the {@link RetryBudget}, so there are none
 * while that has to serve failures, as in an overload. The attempt that lost is cancelled. A hedge
 * that fails changes nothing for the attempt that is still under way.
 */
public final class Hedging {
  private static final Duration LEAST_DELAY = Duration.ofNanos(100_000);

  private final double share;
  private final @Nullable Duration delay;

  private Hedging(double share, @Nullable Duration delay) {
    this.share = Expect.within("share", share, 0.001, 0.5);
    this.delay = delay;
  }

  /** {@link #ofSlowest} with 2.5 %. */
  public static Hedging ofDefaults() {
    return ofSlowest(0.025);
  }

  /**
   * Hedges the slowest calls: so many of them that take longer than the others did in the last 10
   * to 20 s. Their delay is so found out while the calls are made, and there are no hedges before
   * 100 calls.
   *
   * @param share of the calls, from 0.001 to 0.5; 0.025 waits for the 97.5th percentile. Where that
   *     is less than one hedge in 10 s, it is saved up, up to one
   * @throws IllegalArgumentException if it is not in its range
   */
  public static Hedging ofSlowest(double share) {
    return new Hedging(share, null);
  }

  /**
   * Hedges after a fixed time.
   *
   * @param delay at least 0.1 ms
   * @param share how many calls may be hedged at most, from 0.001 to 0.5. Where that is less than
   *     one hedge in 10 s, it is saved up, up to one
   * @throws IllegalArgumentException if one is not in its range
   */
  public static Hedging after(Duration delay, double share) {
    if (Expect.positive("delay", delay).compareTo(LEAST_DELAY) < 0) {
      throw new IllegalArgumentException("delay: " + delay + " (expected: >= " + LEAST_DELAY + ")");
    }
    return new Hedging(share, delay);
  }

  Hedges newHedges() {
    return new Hedges(share, delay);
  }

  @Override
  public String toString() {
    return (delay == null ? "the slowest" : "after " + delay + " at most")
        + " "
        + Math.round(share * 1000) / 10.0
        + " %";
  }
}
