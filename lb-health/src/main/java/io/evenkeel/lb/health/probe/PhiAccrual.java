package io.evenkeel.lb.health.probe;

/**
 * How suspicious a silence is, from the intervals between the latest beats: the phi accrual failure
 * detector (Hayashibara et al., SRDS 2004), with the logistic approximation of the normal
 * distribution that Akka uses:
 *
 * <pre>
 * y = (t - mean) / sd,  e = exp(-y (1.5976 + 0.070566 y^2)),  phi = -log10(e / (1 + e))
 * </pre>
 *
 * <p>Phi is the negative decimal logarithm of the chance that a beat comes later than this. Not
 * thread-safe.
 */
final class PhiAccrual {
  private static final double A = 0.070566;
  private static final double B = 1.5976;
  private static final double LN_10 = Math.log(10);

  private final long[] intervals;
  private final double leastSd;
  private final double pause;
  private int count;
  private int next;
  private double mean;
  private double sd;

  /**
   * @param window how many intervals to keep
   * @param leastSd the least standard deviation, in nanoseconds
   * @param pause how much longer than usual a beat may take, in nanoseconds
   * @param estimate of the interval, to start with; its deviation is taken to be a quarter
   */
  PhiAccrual(int window, double leastSd, double pause, long estimate) {
    this.intervals = new long[window];
    this.leastSd = leastSd;
    this.pause = pause;
    add(estimate - estimate / 4);
    add(estimate + estimate / 4);
  }

  /** Learns an interval, in nanoseconds. */
  void add(long interval) {
    intervals[next] = interval;
    next = (next + 1) % intervals.length;
    count = Math.min(count + 1, intervals.length);
    // Anew each time: sums that are kept up to date would drift.
    double sum = 0;
    for (int i = 0; i < count; i++) {
      sum += intervals[i];
    }
    double average = sum / count;
    double squares = 0;
    for (int i = 0; i < count; i++) {
      squares += (intervals[i] - average) * (intervals[i] - average);
    }
    mean = average + pause;
    sd = Math.max(leastSd, Math.sqrt(squares / count));
  }

  /** Phi after a silence, in nanoseconds. */
  double phi(long silence) {
    return phi((double) silence, mean, sd);
  }

  static double phi(double silence, double mean, double sd) {
    double y = (silence - mean) / sd;
    double e = Math.exp(-y * (B + A * y * y));
    // The same number; which form keeps its digits depends on the side.
    return silence > mean ? -Math.log10(e / (1 + e)) : -Math.log10(1 - 1 / (1 + e));
  }

  /**
   * After how long a silence phi reaches a threshold, in nanoseconds.
   *
   * @param threshold at least 1, so that it is after the mean
   */
  long silenceFor(double threshold) {
    // e = 10^-threshold / (1 - 10^-threshold), so the exponent is z:
    double z = threshold * LN_10 + Math.log1p(-Math.pow(10, -threshold));
    // and A y^3 + B y = z has one real root (Viete's, with the hyperbolic sine).
    double scale = Math.sqrt(B / (3 * A));
    double y = 2 * scale * Math.sinh(asinh(3 * z / (2 * B * scale)) / 3);
    return (long) Math.ceil(mean + y * sd);
  }

  private static double asinh(double x) {
    return Math.log(x + Math.sqrt(x * x + 1));
  }
}
