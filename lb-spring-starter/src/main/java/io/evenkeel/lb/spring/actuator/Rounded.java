package io.evenkeel.lb.spring.actuator;

import java.math.BigDecimal;
import java.math.MathContext;
import org.jspecify.annotations.Nullable;

/** Numbers for people, who do not read more than three digits of what was measured. */
final class Rounded {
  private static final MathContext DIGITS = new MathContext(3);
  private static final double WHOLE = 1000;
  private static final double NANOS_IN_MILLI = 1e6;
  private static final double PERCENT = 100;

  private Rounded() {}

  /** To three digits, or whole; null if there is no such number. */
  static @Nullable Double of(double value) {
    if (!Double.isFinite(value)) {
      return null;
    }
    return Math.abs(value) >= WHOLE
        ? (double) Math.round(value)
        : new BigDecimal(value, DIGITS).doubleValue();
  }

  /** Of a share from 0 to 1. */
  static @Nullable Double percent(double share) {
    return of(PERCENT * share);
  }

  /** One share of a whole; null of nothing. */
  static @Nullable Double percent(double part, double whole) {
    return whole > 0 ? percent(part / whole) : null;
  }

  static @Nullable Double millis(double nanos) {
    return of(nanos / NANOS_IN_MILLI);
  }
}
