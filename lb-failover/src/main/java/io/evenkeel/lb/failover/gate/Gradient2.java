package io.evenkeel.lb.failover.gate;

import java.util.random.RandomGenerator;

/**
 * A limit that goes by the gradient of the latency: how far the latest sample is above the average
 * over a long time. With limit L,
 *
 * <pre>
 * g  = clamp(1.5 * average / sample, 0.5, 1)
 * L' = 0.8 L + 0.2 (g L + 4)
 * </pre>
 *
 * (Gradient2Limit of Netflix's concurrency-limits.) So it grows by a queue of 4 while latency is
 * within 1.5 times its average, and shrinks when it is above. While less than half of it is used it
 * stays. The average is exponential, over 600 samples, the first 10 of which count alike; where it
 * is more than twice a sample, as after an overload, it comes down by a twentieth each time.
 */
public final class Gradient2 implements ConcurrencyLimit {
  private static final int INITIAL = 20;
  private static final double TOLERANCE = 1.5;
  private static final double LEAST_GRADIENT = 0.5;
  private static final double SMOOTHING = 0.2;
  private static final double QUEUE = 4;

  private final Bounds bounds;

  private Gradient2(Bounds bounds) {
    this.bounds = bounds;
  }

  /** From 20 to 200. */
  public static Gradient2 of() {
    return of(20, 200);
  }

  /**
   * A limit within bounds; it begins at 20, or as near to it as may be.
   *
   * @param least from 1
   * @param most from the least to a million
   * @throws IllegalArgumentException if one is out of its range
   */
  public static Gradient2 of(int least, int most) {
    return new Gradient2(new Bounds(least, most));
  }

  @Override
  public LimitMeter newMeter(RandomGenerator random) {
    return new Meter(bounds);
  }

  @Override
  public String toString() {
    return "Gradient2[" + bounds + "]";
  }

  private static final class Meter extends SampledLimit {
    private final LongAverage average = new LongAverage();

    Meter(Bounds bounds) {
      super(bounds.clamp(INITIAL), bounds.least(), bounds.most());
    }

    @Override
    double next(double limit, double sample, int inFlight) {
      double normal = average.add(sample);
      if (normal > 2 * sample) {
        average.lower();
      }
      if (inFlight < limit / 2) {
        return limit;
      }
      double gradient = Math.max(LEAST_GRADIENT, Math.min(1, TOLERANCE * normal / sample));
      return (1 - SMOOTHING) * limit + SMOOTHING * (gradient * limit + QUEUE);
    }
  }

  private static final class LongAverage {
    private static final int WINDOW = 600;
    private static final int WARM_UP = 10;
    private static final double SHARE = 2.0 / (WINDOW + 1);

    private double value;
    private int count;

    double add(double sample) {
      count = Math.min(WARM_UP + 1, count + 1);
      double share = count <= WARM_UP ? 1.0 / count : SHARE;
      value += share * (sample - value);
      return value;
    }

    void lower() {
      value *= 0.95;
    }
  }
}
