package io.evenkeel.lb.failover;

import io.evenkeel.lb.failover.setting.Expect;
import io.github.resilience4j.core.IntervalFunction;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.random.RandomGenerator;

/**
 * How long to wait before an attempt, as Resilience4j's {@link IntervalFunction}s, in whole
 * milliseconds. Jitter is what keeps callers that failed together from coming back together; by
 * "Exponential Backoff and Jitter" (Brooker, AWS, 2015), full jitter makes the fewest requests.
 * Thread-safe if the source of chance is.
 */
public final class Backoff {
  /** Beyond that, a doubled base is above any cap. */
  private static final int MOST_DOUBLINGS = 32;

  private Backoff() {}

  /** {@link #fullJitter(Duration, Duration, RandomGenerator)} of 25 ms up to 250 ms. */
  public static IntervalFunction ofDefaults() {
    return fullJitter(Duration.ofMillis(25), Duration.ofMillis(250), Backoff::chance);
  }

  /**
   * Before the retry number k, counted from 1, anything from 0 to base * 2^(k-1), at most the cap.
   *
   * @throws IllegalArgumentException unless 1 ms &lt;= base &lt;= cap
   */
  public static IntervalFunction fullJitter(Duration base, Duration cap, RandomGenerator random) {
    long most = checked(base, cap);
    long first = base.toMillis();
    return new Named("full jitter", base, cap, retry -> upTo(ceiling(first, most, retry), random));
  }

  /** As full jitter, but at least half of what is the most there. */
  public static IntervalFunction equalJitter(Duration base, Duration cap, RandomGenerator random) {
    long most = checked(base, cap);
    long first = base.toMillis();
    return new Named(
        "equal jitter",
        base,
        cap,
        retry -> {
          long ceiling = ceiling(first, most, retry);
          return ceiling - upTo(ceiling / 2, random);
        });
  }

  /**
   * From the base to three times the pause before, at most the cap. The pause before is drawn anew,
   * which gives the same odds and needs no memory.
   */
  public static IntervalFunction decorrelatedJitter(
      Duration base, Duration cap, RandomGenerator random) {
    long most = checked(base, cap);
    long first = base.toMillis();
    return new Named(
        "decorrelated jitter",
        base,
        cap,
        retry -> {
          long pause = first;
          for (int i = 0; i < Math.min(retry, MOST_DOUBLINGS); i++) {
            pause = Math.min(most, first + upTo(3 * pause - first, random));
          }
          return pause;
        });
  }

  /** One that can be told in a log. */
  private record Named(String name, Duration base, Duration cap, IntervalFunction pauses)
      implements IntervalFunction {
    @Override
    public Long apply(Integer retry) {
      return pauses.apply(retry);
    }

    @Override
    public String toString() {
      return name + " " + base + ".." + cap;
    }
  }

  private static long chance() {
    return ThreadLocalRandom.current().nextLong();
  }

  private static long ceiling(long first, long most, int retry) {
    int doublings = Math.min(Math.max(retry - 1, 0), MOST_DOUBLINGS);
    return Math.min(most, first << doublings);
  }

  private static long upTo(long millis, RandomGenerator random) {
    return random.nextLong(millis + 1);
  }

  private static long checked(Duration base, Duration cap) {
    Expect.positive("base", base);
    Expect.positive("cap", cap);
    if (base.toMillis() < 1 || cap.compareTo(base) < 0) {
      throw new IllegalArgumentException(
          "base: " + base + " (expected: PT0.001S.." + cap + ", the cap)");
    }
    return cap.toMillis();
  }
}
