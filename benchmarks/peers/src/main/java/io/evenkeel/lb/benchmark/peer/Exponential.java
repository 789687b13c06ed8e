package io.evenkeel.lb.benchmark.peer;

import java.util.SplittableRandom;

/** Times between events that know nothing of each other. */
final class Exponential {
  private Exponential() {}

  /** A random time with this mean. */
  static long next(SplittableRandom random, double mean) {
    return (long) (-mean * Math.log(1 - random.nextDouble()));
  }
}
