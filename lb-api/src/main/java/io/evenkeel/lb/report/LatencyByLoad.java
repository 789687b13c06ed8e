package io.evenkeel.lb.report;

import java.util.concurrent.atomic.AtomicLongArray;

/**
 * For servers: how long a request takes that finds so many others, by those that found about as
 * many before it. A mean over all requests would not do: it follows the load too late, so that
 * clients which go by it all send to the server that has just become busy (Wydrowski et al., "Load
 * is not what you should balance", NSDI 2024).
 *
 * <p>There is a mean for each power of two of requests in flight, over some 16 requests. Where none
 * found as many, it is the mean for fewer, times as many more.
 *
 * <p>Thread-safe, without locks: of requests that end at the same moment one may be left out.
 */
public final class LatencyByLoad {
  private static final int CLASSES = Integer.SIZE;
  private static final double WEIGHT = 1.0 / 16;

  /** The bits of doubles; 0 where nothing is known. */
  private final AtomicLongArray means = new AtomicLongArray(CLASSES);

  /** An estimate that knows nothing yet. */
  public LatencyByLoad() {}

  /**
   * Learns from a request that has ended.
   *
   * @param inFlight how many requests the server had when it came, itself included
   * @param nanos how long it took
   */
  public void add(int inFlight, long nanos) {
    int at = classOf(inFlight);
    long before = means.get(at);
    double mean = Double.longBitsToDouble(before);
    double next = mean == 0 ? nanos : mean + WEIGHT * (nanos - mean);
    means.compareAndSet(at, before, Double.doubleToRawLongBits(next));
  }

  /**
   * How long one would take.
   *
   * @param inFlight how many requests the server has with it
   * @return nanoseconds; 0 if no request has ended yet
   */
  public long nanos(int inFlight) {
    int wanted = classOf(inFlight);
    for (int at = wanted; at >= 0; at--) {
      if (means.get(at) != 0) {
        return (long) (Double.longBitsToDouble(means.get(at)) * (1L << (wanted - at)));
      }
    }
    for (int at = wanted + 1; at < CLASSES; at++) {
      if (means.get(at) != 0) {
        return (long) Double.longBitsToDouble(means.get(at));
      }
    }
    return 0;
  }

  private static int classOf(int inFlight) {
    return Integer.SIZE - 1 - Integer.numberOfLeadingZeros(Math.max(1, inFlight));
  }

  @Override
  public String toString() {
    return "LatencyByLoad[" + nanos(1) + " ns for one alone]";
  }
}
