package io.evenkeel.lb.strategy;

import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.LoadMeter;
import io.evenkeel.lb.LoadMetric;
import io.evenkeel.lb.LoadReport;
import io.evenkeel.lb.Outcome;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.time.Duration;

/**
 * Load as what a request costs the endpoint, from its reports: (utilisation + penalty * eps / qps)
 * / qps. 0 while it is not known.
 *
 * @param blackout how long to hold back after the first report
 * @param expiry how long a report counts
 */
record ReportedUtilization(Duration blackout, Duration expiry, double errorPenalty)
    implements LoadMetric {
  @Override
  public LoadMeter newMeter(Endpoint endpoint, double typicalLoad, long nowNanos) {
    return new Meter(blackout.toNanos(), expiry.toNanos(), errorPenalty, nowNanos);
  }

  /**
   * Memory: {@code latest} is written after the others (release) and read before them (acquire), so
   * that whoever sees a report that ends a pause sees that the blackout begins again.
   */
  private static final class Meter implements LoadMeter {
    private static final VarHandle LATEST;

    static {
      try {
        LATEST = MethodHandles.lookup().findVarHandle(Meter.class, "latest", long.class);
      } catch (ReflectiveOperationException e) {
        throw new ExceptionInInitializerError(e);
      }
    }

    private final long blackoutNanos;
    private final long expiryNanos;
    private final double errorPenalty;

    /** When the latest report came; long ago if there was none. */
    @SuppressWarnings("unused") // through LATEST
    private long latest;

    /** Since when there were reports without a pause as long as the expiry. */
    private volatile long since;

    private volatile double cost;

    Meter(long blackoutNanos, long expiryNanos, double errorPenalty, long nowNanos) {
      this.blackoutNanos = blackoutNanos;
      this.expiryNanos = expiryNanos;
      this.errorPenalty = errorPenalty;
      this.latest = nowNanos - expiryNanos;
      this.since = nowNanos;
    }

    @Override
    public double load(int inFlight, long recentNanos) {
      long reported = (long) LATEST.getAcquire(this);
      boolean fresh = recentNanos - reported < expiryNanos && recentNanos - since >= blackoutNanos;
      return fresh ? cost : 0;
    }

    @Override
    public void record(Outcome outcome, long latencyNanos, long nowNanos) {
      // What requests cost is what the endpoint says.
    }

    @Override
    public void report(LoadReport report, int inFlight, long nowNanos) {
      double qps = report.queriesPerSecond();
      double utilization = report.utilization();
      double reported = (utilization + report.errorsPerSecond() / qps * errorPenalty) / qps;
      // Not both above 0: not a report to go by. Of the rest, some are beyond what doubles hold.
      if (qps > 0
          && utilization > 0
          && reported > 0
          && 1 / reported < Double.POSITIVE_INFINITY
          && reported < Double.POSITIVE_INFINITY) {
        if (nowNanos - (long) LATEST.getAcquire(this) >= expiryNanos) {
          since = nowNanos;
        }
        cost = reported;
        LATEST.setRelease(this, nowNanos);
      }
    }
  }
}
