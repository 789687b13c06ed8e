package io.evenkeel.lb.load;

import java.time.Duration;

/**
 * exp(-age/tau), from a table for the request path, where {@link Math#exp} would cost more than the
 * rest of a choice. Ages are in units of 2^16 ns, 65.5 microseconds.
 */
final class Decay {
  static final int UNIT_SHIFT = 16;

  private static final Duration MIN_TAU = Duration.ofMillis(10);
  private static final Duration MAX_TAU = Duration.ofHours(1);
  private static final int STEPS_PER_TAU = 64;
  private static final int TAUS = 16;

  /** Up to which age the coarse factor is 1. */
  final int stepUnits;

  /** Steps for each unit of age, as a fraction of 2^32. */
  private final long stepsPerUnit;

  private final double tausPerUnit;
  private final float[] table = new float[STEPS_PER_TAU * TAUS];

  Decay(long tauNanos) {
    double tauUnits = (double) tauNanos / (1 << UNIT_SHIFT);
    tausPerUnit = 1 / tauUnits;
    stepsPerUnit = (long) (STEPS_PER_TAU / tauUnits * 0x1p32);
    stepUnits = (int) Math.ceil(tauUnits / STEPS_PER_TAU);
    for (int i = 0; i < table.length; i++) {
      table[i] = (float) Math.exp(-(double) i / STEPS_PER_TAU);
    }
  }

  /** The factor to a precision of 1/64; ages from 16 tau on are taken for 16 tau. */
  float coarse(int ageUnits) {
    long step = (ageUnits * stepsPerUnit) >>> 32;
    return table[(int) Math.min(step, table.length - 1)];
  }

  /** 1 - the factor, exactly enough for averages. */
  double complement(int ageUnits) {
    double x = ageUnits * tausPerUnit;
    // Two terms of the series are off by x^3/6, less than a float can tell apart.
    return x < 0.005 ? x - x * x / 2 : 1 - Math.exp(-x);
  }

  /**
   * A setting, if it is in range.
   *
   * @throws IllegalArgumentException if not
   */
  static Duration expectTau(Duration tau) {
    if (tau.compareTo(MIN_TAU) < 0 || tau.compareTo(MAX_TAU) > 0) {
      throw new IllegalArgumentException("tau: " + tau + " (expected: PT0.01S..PT1H)");
    }
    return tau;
  }
}
