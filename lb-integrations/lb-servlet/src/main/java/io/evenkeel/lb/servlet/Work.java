package io.evenkeel.lb.servlet;

import io.evenkeel.lb.report.OrcaReport;
import jakarta.servlet.http.HttpServletResponse;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What a server has to do: requests in flight, and the mean latency of recent ones.
 *
 * <p>Memory: the mean is a double in a long, and of samples at the same moment one may be lost.
 */
final class Work {
  private static final double WEIGHT = 1.0 / 64;
  private static final double NANOS_PER_MILLI = 1e6;

  private final AtomicInteger inFlight = new AtomicInteger();
  private final AtomicLong meanNanos = new AtomicLong();

  void began() {
    inFlight.incrementAndGet();
  }

  void ended(long nanos) {
    inFlight.decrementAndGet();
    long before = meanNanos.get();
    double mean = Double.longBitsToDouble(before);
    double next = mean == 0 ? nanos : mean + WEIGHT * (nanos - mean);
    meanNanos.compareAndSet(before, Double.doubleToRawLongBits(next));
  }

  /** Writes the header, in place of what was written before. */
  void report(HttpServletResponse response) {
    response.setHeader(OrcaReport.HEADER, toString());
  }

  /** The value of the header. */
  @Override
  public String toString() {
    String count = "TEXT named_metrics." + OrcaReport.IN_FLIGHT + "=" + inFlight.get();
    double millis = Double.longBitsToDouble(meanNanos.get()) / NANOS_PER_MILLI;
    return millis == 0 ? count : count + ",named_metrics." + OrcaReport.LATENCY_MS + "=" + millis;
  }
}
