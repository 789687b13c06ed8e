package io.evenkeel.lb.health.setting;

import java.time.Duration;

/**
 * Checks settings, for all packages of this module; not exported. Each method returns the value if
 * it is as expected, and throws an {@link IllegalArgumentException} that names all three otherwise.
 */
public final class Expect {
  private Expect() {}

  /** From least to most. */
  public static int within(String setting, int value, int least, int most) {
    that(value >= least && value <= most, setting, value, least + ".." + most);
    return value;
  }

  /**
   * From least to most.
   *
   * @param least as it is to be printed: 1 as "1", 1.0 as "1.0"
   * @param most likewise
   */
  public static double within(String setting, double value, Number least, Number most) {
    // Written so that NaN is out of range.
    boolean holds = value >= least.doubleValue() && value <= most.doubleValue();
    that(holds, setting, value, least + ".." + most);
    return value;
  }

  /** From least to most. */
  public static Duration within(String setting, Duration value, Duration least, Duration most) {
    boolean holds = value.compareTo(least) >= 0 && value.compareTo(most) <= 0;
    that(holds, setting, value, least + ".." + most);
    return value;
  }

  /** Whatever is expected. */
  public static void that(boolean holds, String setting, Object value, String expected) {
    if (!holds) {
      throw new IllegalArgumentException(setting + ": " + value + " (expected: " + expected + ")");
    }
  }
}
