package io.evenkeel.lb.failover.gate;

import java.util.random.RandomGenerator;

/**
 * A limit that goes by the queue which the latency shows: of L requests in flight, L (1 - least /
 * sample) wait, where the least latency is that of an idle endpoint. With the step s = log10(L) the
 * limit grows by 6 s while at most s wait, by s while fewer than 3 s do, and shrinks by s when more
 * than 6 s do (VegasLimit of Netflix's concurrency-limits, after TCP Vegas). While less than half
 * of it is used it stays.
 *
 * <p>It takes all that is above the least latency for a queue, so it suits endpoints whose answers
 * take about equally long. Where they vary much it holds back a third of the capacity; there, use
 * {@link Gradient2}.
 *
 * <p>The least latency is forgotten every 30 L samples, up to as many times again by chance, since
 * the endpoint may have become slower for good.
 */
public final class Vegas implements ConcurrencyLimit {
  private static final int FORGET_AFTER = 30;

  private final Bounds bounds;

  private Vegas(Bounds bounds) {
    this.bounds = bounds;
  }

  /** From 1 to 1000. */
  public static Vegas of() {
    return of(1, 1000);
  }

  /**
   * A limit within bounds; it begins at 20, or as near to it as may be.
   *
   * @param least from 1
   * @param most from the least to a million
   * @throws IllegalArgumentException if one is out of its range
   */
  public static Vegas of(int least, int most) {
    return new Vegas(new Bounds(least, most));
  }

  @Override
  public LimitMeter newMeter(RandomGenerator random) {
    return new Meter(bounds, random);
  }

  @Override
  public String toString() {
    return "Vegas[" + bounds + "]";
  }

  private static final class Meter extends SampledLimit {
    private final RandomGenerator random;
    private double least = Double.MAX_VALUE;
    private int samples;
    private double forgetAfter;

    Meter(Bounds bounds, RandomGenerator random) {
      super(bounds);
      this.random = random;
      this.forgetAfter = 1 + random.nextDouble();
    }

    @Override
    double next(double limit, double sample, int inFlight) {
      if (++samples > FORGET_AFTER * limit * forgetAfter) {
        samples = 0;
        forgetAfter = 1 + random.nextDouble();
        least = sample;
        return limit;
      }
      if (sample < least) {
        least = sample;
        return limit;
      }
      if (inFlight < limit / 2) {
        return limit;
      }
      double waiting = Math.ceil(limit * (1 - least / sample));
      double step = Math.max(1, Math.log10(limit));
      if (waiting <= step) {
        return limit + 6 * step;
      }
      if (waiting < 3 * step) {
        return limit + step;
      }
      return waiting > 6 * step ? limit - step : limit;
    }
  }
}
