package io.evenkeel.lb.failover.gate;

import java.util.random.RandomGenerator;

/**
 * A limit that goes by the gradient of the latency: how far the present one is above the usual one.
 * With limit L,
 *
 * <pre>
 * g  = clamp(1.5 * usual / present, 0.5, 1)
 * L' = 0.8 L + 0.2 (g L + 4)
 * </pre>
 *
 * (Gradient2Limit of Netflix's concurrency-limits.) So it grows by a queue of 4 while latency is
 * within 1.5 times the usual one, and shrinks when it is above. While less than half of it is used
 * it stays. Both latencies are exponential averages, over 10 and 600 samples, the first 10 of which
 * count alike; a single sample would say too much where latency varies as most does.
 *
 * <p>While the limit is used, a higher latency may be its own queue: then the usual one moves 20
 * times slower, and comes down by a tenth for a request that took too long if there were fewer than
 * 50 answers since the one before, or it would take any queue for usual in time. While it is not
 * used and the usual one is more than twice the present one, as after an overload, it comes down by
 * a twentieth with each sample.
 */
public final class Gradient2 implements ConcurrencyLimit {
  private static final double TOLERANCE = 1.5;
  private static final double LEAST_GRADIENT = 0.5;
  private static final double SMOOTHING = 0.2;
  private static final double QUEUE = 4;
  private static final int USUAL = 600;
  private static final int PRESENT = 10;
  private static final double CAUTION = 20;
  private static final int OFTEN = 50;

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
    private final Average usual = new Average(USUAL);
    private final Average present = new Average(PRESENT);

    /** Since a request took too long; a few always do. */
    private int answers = OFTEN;

    Meter(Bounds bounds) {
      super(bounds);
    }

    @Override
    void tookTooLong(double limit, int inFlight) {
      boolean often = answers < OFTEN;
      answers = 0;
      if (often && isUsed(limit, inFlight)) {
        usual.lower(0.9);
      }
    }

    @Override
    double next(double limit, double sample, int inFlight) {
      answers++;
      boolean used = isUsed(limit, inFlight);
      double latency = present.add(sample, 1);
      double normal = usual.add(sample, used ? CAUTION : 1);
      if (!used) {
        if (normal > 2 * latency) {
          usual.lower(0.95);
        }
        return limit;
      }
      double gradient = Math.max(LEAST_GRADIENT, Math.min(1, TOLERANCE * normal / latency));
      return (1 - SMOOTHING) * limit + SMOOTHING * (gradient * limit + QUEUE);
    }

    private static boolean isUsed(double limit, int inFlight) {
      return inFlight >= limit / 2;
    }
  }

  /** Exponential; the first ten samples count alike. */
  private static final class Average {
    private static final int WARM_UP = 10;

    private final double share;
    private double value;
    private int count;

    Average(int window) {
      this.share = 2.0 / (window + 1);
    }

    /**
     * @param caution how many times less the sample counts
     */
    double add(double sample, double caution) {
      count = Math.min(WARM_UP + 1, count + 1);
      double weight = count <= WARM_UP ? Math.max(share, 1.0 / count) : share / caution;
      value += weight * (sample - value);
      return value;
    }

    void lower(double factor) {
      value *= factor;
    }
  }
}
