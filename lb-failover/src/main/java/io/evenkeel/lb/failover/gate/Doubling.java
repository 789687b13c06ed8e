package io.evenkeel.lb.failover.gate;

import io.github.resilience4j.core.IntervalFunction;
import java.time.Duration;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Waits that double from the first to the longest, give or take a tenth, so that breakers which
 * opened together do not try together. Chance is the balancer's: {@link #with}.
 */
final class Doubling implements IntervalFunction {
  private static final double JITTER = 0.1;

  private final long firstMillis;
  private final long longestMillis;
  private final @Nullable RandomGenerator random;

  Doubling(Duration first, Duration longest) {
    this(first.toMillis(), longest.toMillis(), null);
  }

  private Doubling(long firstMillis, long longestMillis, @Nullable RandomGenerator random) {
    this.firstMillis = firstMillis;
    this.longestMillis = longestMillis;
    this.random = random;
  }

  /** The same with jitter; without, the waits are exact. */
  Doubling with(RandomGenerator chance) {
    return new Doubling(firstMillis, longestMillis, chance);
  }

  @Override
  public Long apply(Integer attempt) {
    double wait = Math.min((double) longestMillis, firstMillis * Math.pow(2, attempt - 1.0));
    double jitter = random == null ? 0 : JITTER * (2 * random.nextDouble() - 1);
    return Math.max(1, Math.round(wait * (1 + jitter)));
  }

  @Override
  public String toString() {
    return Duration.ofMillis(firstMillis) + ".." + Duration.ofMillis(longestMillis);
  }
}
