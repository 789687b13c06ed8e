package io.evenkeel.lb.testkit.cluster;

import java.util.function.ToDoubleFunction;
import java.util.random.RandomGenerator;

/** A distribution of times in nanoseconds that has a name. */
record Distribution(String name, ToDoubleFunction<RandomGenerator> draw)
    implements ServiceTime, Arrivals {
  @Override
  public double nanos(RandomGenerator random) {
    return draw.applyAsDouble(random);
  }

  @Override
  public double gapNanos(RandomGenerator random) {
    return draw.applyAsDouble(random);
  }

  @Override
  public String toString() {
    return name;
  }
}
