package io.evenkeel.lb.testkit.cluster;

import static io.evenkeel.lb.testkit.cluster.Expect.expect;

import java.util.random.RandomGenerator;

/**
 * When requests arrive. They do not wait for one another (open loop), as those of many independent
 * users do not: what piles up while servers are slow is part of the picture.
 */
@FunctionalInterface
public interface Arrivals {
  /** Draws the time from one arrival to the next in nanoseconds, at least 0 and finite. */
  double gapNanos(RandomGenerator random);

  /**
   * Arrivals that know nothing of each other: exponential gaps.
   *
   * @param perSecond the mean rate of all clients together, above 0 and at most 1e9
   */
  static Arrivals poisson(double perSecond) {
    double mean = meanGap(perSecond);
    return new Distribution(
        "poisson " + perSecond + "/s", random -> Exponential.draw(random) * mean);
  }

  /**
   * Arrivals at equal intervals.
   *
   * @param perSecond the rate of all clients together, above 0 and at most 1e9
   */
  static Arrivals constant(double perSecond) {
    double gap = meanGap(perSecond);
    return new Distribution("constant " + perSecond + "/s", random -> gap);
  }

  private static double meanGap(double perSecond) {
    expect(perSecond > 0 && perSecond <= 1e9, "perSecond", perSecond, "above 0, up to 1e9");
    return 1e9 / perSecond;
  }
}
