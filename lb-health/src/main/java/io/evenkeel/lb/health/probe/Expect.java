package io.evenkeel.lb.health.probe;

import java.time.Duration;

/**
 * Checks settings. Each method returns the value if it is as expected, and throws an {@link
 * IllegalArgumentException} that names all three otherwise.
 */
final class Expect {
  private Expect() {}

  static int within(String setting, int value, int least, int most) {
    that(value >= least && value <= most, setting, value, least + ".." + most);
    return value;
  }

  static double within(String setting, double value, double least, double most) {
    // Written so that NaN is out of range.
    that(value >= least && value <= most, setting, value, least + ".." + most);
    return value;
  }

  static Duration within(String setting, Duration value, Duration least, Duration most) {
    boolean holds = value.compareTo(least) >= 0 && value.compareTo(most) <= 0;
    that(holds, setting, value, least + ".." + most);
    return value;
  }

  static void that(boolean holds, String setting, Object value, String expected) {
    if (!holds) {
      throw new IllegalArgumentException(setting + ": " + value + " (expected: " + expected + ")");
    }
  }
}
