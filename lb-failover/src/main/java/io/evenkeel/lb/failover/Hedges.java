package io.evenkeel.lb.failover;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** When to hedge the calls of one failover, and how many. Thread-safe. */
final class Hedges {
  /** What {@link #delayNanos} returns while it is not known. */
  static final long NOT_YET = -1;

  /** A window as short as this follows a load that changes. */
  private static final Duration WINDOW = Duration.ofSeconds(10);

  private final double share;
  private final @Nullable Duration fixed;
  private final RateBudget budget;
  private final Latencies latencies = new Latencies(WINDOW.toNanos());

  Hedges(double share, @Nullable Duration fixed) {
    this.share = share;
    this.fixed = fixed;
    this.budget = RateBudget.ofHedges(share, WINDOW);
  }

  /** A call that may be hedged begins. */
  void begun(long nowNanos) {
    budget.begun(nowNanos);
  }

  /** After how long without an answer to hedge a call that begins now. */
  long delayNanos(long nowNanos) {
    return fixed != null ? fixed.toNanos() : latencies.quantile(1 - share, nowNanos);
  }

  /** A first attempt has ended, or was given up when it had taken so long already. */
  void took(long nanos, long nowNanos) {
    if (fixed == null) {
      latencies.record(nanos, nowNanos);
    }
  }

  /** Takes a hedge, if both budgets have one. */
  boolean take(RetryBudget retries, long nowNanos) {
    return budget.take(nowNanos) && retries.take(nowNanos);
  }
}
