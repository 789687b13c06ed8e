package io.evenkeel.lb.strategy;

import java.time.Duration;

/** Checks settings that are times. */
final class Intervals {
  private static final Duration LONGEST = Duration.ofHours(1);

  private Intervals() {}

  /**
   * A setting, if it is in range.
   *
   * @throws IllegalArgumentException unless it is from the shortest to 1 hour
   */
  static Duration expect(String setting, Duration time, Duration shortest) {
    if (time.compareTo(shortest) < 0 || time.compareTo(LONGEST) > 0) {
      throw new IllegalArgumentException(
          setting + ": " + time + " (expected: " + shortest + ".." + LONGEST + ")");
    }
    return time;
  }
}
