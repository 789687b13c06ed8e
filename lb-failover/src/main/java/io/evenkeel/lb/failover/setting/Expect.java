package io.evenkeel.lb.failover.setting;

import java.time.Duration;

/**
 * Checks settings, for all packages of this module; not exported. Each method returns the value if
 * it is as expected, and throws an {@link IllegalArgumentException} that names all three otherwise.
 * Nothing is allocated but that: some settings are those of one call.
 */
public final class Expect {
  private static final Duration LONGEST = Duration.ofDays(1);

  private Expect() {}

  /** Above 0, at most a day. */
  public static Duration positive(String setting, Duration value) {
    if (value.isZero() || isNotWithin(value)) {
      throw unexpected(setting, value, "> PT0S, <= " + LONGEST);
    }
    return value;
  }

  /** From 0 to a day. */
  public static Duration notNegative(String setting, Duration value) {
    if (isNotWithin(value)) {
      throw unexpected(setting, value, "PT0S.." + LONGEST);
    }
    return value;
  }

  private static boolean isNotWithin(Duration value) {
    return value.isNegative() || value.compareTo(LONGEST) > 0;
  }

  /** From least to most. */
  public static double within(String setting, double value, double least, double most) {
    // Written so that NaN is out of range.
    if (!(value >= least && value <= most)) {
      throw unexpected(setting, value, least + ".." + most);
    }
    return value;
  }

  /** From least to most. */
  public static int within(String setting, int value, int least, int most) {
    if (value < least || value > most) {
      throw unexpected(setting, value, least + ".." + most);
    }
    return value;
  }

  private static IllegalArgumentException unexpected(
      String setting, Object value, String expected) {
    return new IllegalArgumentException(setting + ": " + value + " (expected: " + expected + ")");
  }
}
