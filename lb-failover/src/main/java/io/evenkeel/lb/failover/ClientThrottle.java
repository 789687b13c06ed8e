package io.evenkeel.lb.failover;

import io.evenkeel.lb.failover.setting.Expect;
import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * Turns calls away at the client while servers turn most of them away: each call with a probability
 * of max(0, (calls - K * accepted) / (calls + 1)), by the calls of the last two minutes ("Site
 * Reliability Engineering", Google, 2016, chapter 21). Live and thread-safe: several {@link
 * Failover}s that load the same servers may share one.
 *
 * <p>A call is accepted unless it ends as rejected, timed out or unreachable: an answer, even a bad
 * one, shows that servers take work. It is for servers that say no when they are overloaded. After
 * a long outage it lets calls through only as fast as they are accepted, which takes a while; so it
 * is off by default.
 */
public final class ClientThrottle {
  private static final int SLOTS = 12;

  private final double factor;
  private final Duration window;

  /** First the calls, second those that were accepted. */
  private final SlidingCounts counts;

  private ClientThrottle(double factor, Duration window) {
    this.factor = Expect.within("factor", factor, 1.1, 100.0);
    this.window = Expect.positive("window", window);
    this.counts = new SlidingCounts(window.toNanos(), SLOTS, calls -> {});
  }

  /** {@link #of} with K = 2 and two minutes. */
  public static ClientThrottle ofDefaults() {
    return of(2, Duration.ofMinutes(2));
  }

  /**
   * With other settings.
   *
   * @param factor K: how many calls are let through for each that is accepted, from 1.1 to 100
   * @param window how long calls are remembered, above 0 and at most a day
   * @throws IllegalArgumentException if one is not in its range
   */
  public static ClientThrottle of(double factor, Duration window) {
    return new ClientThrottle(factor, window);
  }

  /** Whether a call may be made. */
  boolean admits(long nowNanos, RandomGenerator random) {
    counts.turnTo(nowNanos);
    double rejection = rejection();
    return rejection <= 0 || random.nextDouble() >= rejection;
  }

  /** Counts a call that is made, or turned away by this. */
  void called(long nowNanos) {
    counts.addFirst(nowNanos);
  }

  void accepted(long nowNanos) {
    counts.addSecond(1, nowNanos);
  }

  /** With what probability a call is turned away now. */
  public double rejection() {
    double made = counts.first();
    return Math.max(0, (made - factor * counts.second()) / (made + 1));
  }

  @Override
  public String toString() {
    return "factor " + factor + " over " + window;
  }
}
