package io.evenkeel.lb.failover;

import io.evenkeel.lb.Lease;
import io.evenkeel.lb.Outcome;
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

  /**
   * Begins a hedge, if both budgets have one and there is an endpoint that was not tried. They give
   * nothing back, so it is taken from them last.
   */
  @Nullable Lease lease(Run run, long nowNanos) {
    Rules rules = run.rules();
    if (rules.budget.available(nowNanos) <= 0
        || budget.available(nowNanos) <= 0
        || !run.isElsewhere()) {
      return null;
    }
    Lease lease;
    try {
      lease = rules.lease(run, nowNanos);
    } catch (Throwable e) {
      // The first attempt may still succeed.
      return null;
    }
    if (!run.tried(lease.endpoint())
        && budget.take(nowNanos)
        && rules.guarded.take(rules.budget, nowNanos)) {
      return lease;
    }
    // The others refuse, or another call has taken the last one just then.
    lease.end(Outcome.CANCELLED);
    return null;
  }
}
