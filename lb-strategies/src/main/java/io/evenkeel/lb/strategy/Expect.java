package io.evenkeel.lb.strategy;

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

  /**
   * @param least as it is to be printed: 1 as "1", 1.0 as "1.0"
   * @param most likewise
   */
  static double within(String setting, double value, Number least, Number most) {
    // Written so that NaN is out of range.
    boolean holds = value >= least.doubleValue() && value <= most.doubleValue();
    that(holds, setting, value, least + ".." + most);
    return value;
  }

  static Duration within(String setting, Duration value, Duration least, Duration most) {
    boolean holds = value.compareTo(least) >= 0 && value.compareTo(most) <= 0;
    that(holds, setting, value, least + ".." + most);
    return value;
  }

  /** Up to an hour, which is what all times of updates have in common. */
  static Duration upToAnHour(String setting, Duration value, Duration least) {
    return within(setting, value, least, Duration.ofHours(1));
  }

  static int atLeast(String setting, int value, int least) {
    that(value >= least, setting, value, ">= " + least);
    return value;
  }

  static void that(boolean holds, String setting, Object value, String expected) {
    if (!holds) {
      throw new IllegalArgumentException(setting + ": " + value + " (expected: " + expected + ")");
    }
  }
}
