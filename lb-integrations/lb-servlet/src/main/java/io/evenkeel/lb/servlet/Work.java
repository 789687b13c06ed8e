package io.evenkeel.lb.servlet;

import io.evenkeel.lb.report.LatencyByLoad;
import io.evenkeel.lb.report.OrcaReport;
import jakarta.servlet.http.HttpServletResponse;
import java.util.concurrent.atomic.AtomicInteger;

/** What a server has to do: requests in flight, and how long one takes with so many. */
final class Work {
  private static final double NANOS_PER_MILLI = 1e6;

  private final AtomicInteger inFlight = new AtomicInteger();
  private final LatencyByLoad latency = new LatencyByLoad();

  /** Counts a request as begun. Returns how many there are with it. */
  int began() {
    return inFlight.incrementAndGet();
  }

  /**
   * @param found what its {@link #began} returned
   */
  void ended(int found, long nanos) {
    inFlight.decrementAndGet();
    latency.add(found, nanos);
  }

  /** Writes the header, in place of what was written before. */
  void report(HttpServletResponse response) {
    response.setHeader(OrcaReport.HEADER, toString());
  }

  /** The value of the header. */
  @Override
  public String toString() {
    int requests = inFlight.get();
    String count = "TEXT named_metrics." + OrcaReport.IN_FLIGHT + "=" + requests;
    double millis = latency.nanos(requests) / NANOS_PER_MILLI;
    return millis == 0 ? count : count + ",named_metrics." + OrcaReport.LATENCY_MS + "=" + millis;
  }
}
