package io.evenkeel.lb.spring.actuator;

/**
 * Buckets of latencies, four for each doubling from a microsecond on, so that what is read from
 * them is off by an eighth at most.
 */
final class Latencies {
  /** Up to about an hour; what takes longer counts as that. */
  static final int BUCKETS = 128;

  private static final int STEP_BITS = 2;
  private static final int STEPS = 1 << STEP_BITS;
  private static final double NANOS_IN_MICRO = 1e3;

  private Latencies() {}

  /** The bucket of a latency. */
  static int bucket(long nanos) {
    // Shifted, so that the first doublings have four steps as well.
    long scaled = (nanos / (long) NANOS_IN_MICRO + 1) << STEP_BITS;
    int doubling = Long.SIZE - 1 - Long.numberOfLeadingZeros(scaled);
    int step = (int) (scaled >>> (doubling - STEP_BITS)) & (STEPS - 1);
    return Math.min(BUCKETS - 1, (doubling - STEP_BITS) * STEPS + step);
  }

  /** Where a bucket begins. */
  private static double nanos(int bucket) {
    double doubling = Math.scalb(1.0, bucket / STEPS);
    return (doubling * (1 + (bucket % STEPS) / (double) STEPS) - 1) * NANOS_IN_MICRO;
  }

  /**
   * The latency that a share of the requests did not exceed, in nanoseconds; NaN if there were
   * none.
   *
   * @param counts of each bucket
   */
  static double quantile(long[] counts, double share) {
    long all = 0;
    for (long count : counts) {
      all += count;
    }
    double rank = share * all;
    double below = 0;
    for (int i = 0; i < counts.length; i++) {
      if (counts[i] > 0 && below + counts[i] >= rank) {
        double within = (rank - below) / counts[i];
        return nanos(i) + within * (nanos(i + 1) - nanos(i));
      }
      below += counts[i];
    }
    return Double.NaN;
  }
}
