package io.evenkeel.lb.testkit.cluster;

import java.util.random.RandomGenerator;

/** The exponential distribution with mean 1, by inversion. */
final class Exponential {
  private Exponential() {}

  /**
   * Draws a value. Neither {@code RandomGenerator.nextExponential}, which changed between releases
   * of the JDK, nor {@code Math.log}, which may differ in the last bit between machines: the same
   * seed has to give the same run everywhere.
   */
  static double draw(RandomGenerator random) {
    return -StrictMath.log(1 - random.nextDouble());
  }
}
