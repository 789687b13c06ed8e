package io.evenkeel.lb.failover;

import io.evenkeel.lb.Outcome;
import java.time.Duration;

/**
 * How many attempts there may be beyond the first of each call, so that retries and hedges cannot
 * turn an overload into an outage. Live and thread-safe: several {@link Failover}s that load the
 * same servers may share one.
 *
 * <p>A budget of a share b hides a failing share f of first attempts only up to f = b / (1 + b); to
 * take failing endpoints out of use has to do the rest.
 */
public interface RetryBudget {
  /** A call begins; on the request path, so this must not block or allocate. */
  void begun(long nowNanos);

  /**
   * An attempt has ended; on the request path, too.
   *
   * @param number 1 for the first of its call; the others were taken from the budget
   * @param nowNanos when; of no meaning for the first of a call
   */
  default void ended(Outcome outcome, int number, long nowNanos) {}

  /** Takes one attempt from the budget, if it has one. */
  boolean take(long nowNanos);

  /** How many could be taken now. */
  double available(long nowNanos);

  /** {@link #ofRate} with 20 % of the calls of 10 s. */
  static RetryBudget ofDefaults() {
    return ofRate(0.2, Duration.ofSeconds(10));
  }

  /**
   * As many as a share of the calls in a sliding window. Clients whose share is less than ten of
   * them have a small reserve beside that: one to begin with, and one more for every ten calls, up
   * to ten. So however few calls a client makes, it makes at most 1 + share + 0.1 attempts a call,
   * and one; with more calls than a few at most 1 + share, in any time as long as the window.
   *
   * <p>Where retries fail as well they help little, and multiply with those of the services before
   * and behind this one. So the share shrinks as soon as more than 5 % of the latest fifty or so
   * have failed, to a quarter at 20 %.
   *
   * @param share from 0 to 1
   * @param window of a second at least; reckoned in tenths
   * @throws IllegalArgumentException if one is not in its range
   */
  static RetryBudget ofRate(double share, Duration window) {
    return RateBudget.ofRetries(share, window);
  }

  /**
   * The token bucket of gRPC (proposal A6): it begins full, a failure takes 1, any other end gives
   * back the ratio, and a retry may be made while it is more than half full.
   *
   * @param max how many tokens it holds, from 1 to 1000
   * @param ratio from 0.001 to 1; 0.1 is gRPC's advice
   * @throws IllegalArgumentException if one is not in its range
   */
  static RetryBudget ofTokens(int max, double ratio) {
    return new TokenBudget(max, ratio);
  }

  /** Sets no limit. For clients of which others limit the retries. */
  static RetryBudget unlimited() {
    return UnlimitedBudget.INSTANCE;
  }
}
