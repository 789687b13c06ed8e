package io.evenkeel.lb.failover;

import java.time.Duration;

/** Checks settings. */
final class Expect {
  private static final Duration LONGEST = Duration.ofDays(1);

  private Expect() {}

  static Duration positive(String name, Duration value) {
    if (value.isZero() || value.isNegative() || value.compareTo(LONGEST) > 0) {
      throw new IllegalArgumentException(
          name + ": " + value + " (expected: > PT0S, <= " + LONGEST + ")");
    }
    return value;
  }

  static double within(String name, double value, double least, double most) {
    if (!(value >= least && value <= most)) {
      throw new IllegalArgumentException(
          name + ": " + value + " (expected: " + least + ".." + most + ")");
    }
    return value;
  }

  static int within(String name, int value, int least, int most) {
    if (value < least || value > most) {
      throw new IllegalArgumentException(
          name + ": " + value + " (expected: " + least + ".." + most + ")");
    }
    return value;
  }
}
