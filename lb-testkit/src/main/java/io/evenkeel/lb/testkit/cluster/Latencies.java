package io.evenkeel.lb.testkit.cluster;

import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/** Makes histograms of nanoseconds whose memory has a limit, and writes to them within it. */
final class Latencies {
  /** Longer times count as this one. */
  static final long LONGEST_NANOS = TimeUnit.HOURS.toNanos(24);

  private Latencies() {}

  /** Exact to a part in a thousand, and to a microsecond. */
  static Histogram fine() {
    return new Histogram(1000, LONGEST_NANOS, 3);
  }

  /** Exact to a part in a hundred, and to a microsecond; for there may be thousands of these. */
  static Histogram coarse() {
    return new Histogram(1000, LONGEST_NANOS, 2);
  }

  static void record(Histogram histogram, long nanos) {
    histogram.recordValue(Math.min(nanos, LONGEST_NANOS));
  }
}
