package io.evenkeel.lb.source;

import static java.util.Objects.requireNonNull;

import io.evenkeel.lb.Scheduler;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.random.RandomGenerator;

/**
 * How a source polls: what the builders of this package have in common.
 *
 * @param interval from an answer to the next question, 1 millisecond to 1 day
 * @param jitter by which share each interval is made longer or shorter at random, 0 to 1
 * @param scheduler what waits and asks
 * @param random chance
 */
record Pace(Duration interval, double jitter, Scheduler scheduler, RandomGenerator random) {
  private static final Duration MIN_INTERVAL = Duration.ofMillis(1);
  private static final Duration MAX_INTERVAL = Duration.ofDays(1);

  Pace {
    if (interval.compareTo(MIN_INTERVAL) < 0 || interval.compareTo(MAX_INTERVAL) > 0) {
      throw new IllegalArgumentException("interval: " + interval + " (expected: PT0.001S..PT24H)");
    }
    if (!(jitter >= 0 && jitter <= 1)) {
      throw new IllegalArgumentException("jitter: " + jitter + " (expected: 0.0..1.0)");
    }
    requireNonNull(scheduler, "scheduler");
    requireNonNull(random, "random");
  }

  static Pace of(Duration interval, double jitter) {
    return new Pace(
        interval, jitter, Scheduler.shared(), () -> ThreadLocalRandom.current().nextLong());
  }

  Pace withInterval(Duration interval) {
    return new Pace(interval, jitter, scheduler, random);
  }

  Pace withJitter(double jitter) {
    return new Pace(interval, jitter, scheduler, random);
  }

  Pace withScheduler(Scheduler scheduler) {
    return new Pace(interval, jitter, scheduler, random);
  }

  Pace withRandom(RandomGenerator random) {
    return new Pace(interval, jitter, scheduler, random);
  }

  /** The next interval, with its jitter. */
  long pauseNanos() {
    double share = 1 + jitter * (2 * random.nextDouble() - 1);
    return (long) (share * interval.toNanos());
  }

  @Override
  public String toString() {
    return "every " + interval + (jitter == 0 ? "" : ", jitter " + jitter);
  }
}
