package io.evenkeel.lb.failover.gate;

import io.evenkeel.lb.Outcome;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * What limits have in common: bounds, the first limit, and one update at a time.
 *
 * <p>An answer is a sample of the latency. That a request took too long or was turned away is
 * overload, and takes a tenth off the limit. Other failures say nothing: one that comes fast must
 * not look like a fast endpoint.
 *
 * <p>Memory: {@code updating} lets in one thread; others drop their sample. It hands the fields of
 * subclasses on. {@code limit} is volatile, for all to read.
 */
abstract class SampledLimit implements LimitMeter {
  private static final int INITIAL = 20;
  private static final double ON_OVERLOAD = 0.9;

  private final Bounds bounds;
  private final AtomicBoolean updating = new AtomicBoolean();

  /** With what is behind the point; for the thread that updates. */
  private double estimate;

  private volatile int limit;

  SampledLimit(Bounds bounds) {
    this.bounds = bounds;
    this.estimate = bounds.clamp(INITIAL);
    this.limit = (int) estimate;
  }

  /**
   * What becomes of the limit by a sample.
   *
   * @param sample a latency in nanoseconds, at least 1
   */
  abstract double next(double estimate, double sample, int inFlight);

  /** A request took too long; the limit is about to come down for it. */
  void tookTooLong(double estimate, int inFlight) {}

  @Override
  public final int limit() {
    return limit;
  }

  @Override
  public final void record(Outcome outcome, long latencyNanos, int inFlight) {
    boolean overload = outcome == Outcome.TIMEOUT || outcome == Outcome.REJECTED;
    if ((overload || outcome == Outcome.SUCCESS) && updating.compareAndSet(false, true)) {
      try {
        if (outcome == Outcome.TIMEOUT) {
          tookTooLong(estimate, inFlight);
        }
        double next =
            overload
                ? estimate * ON_OVERLOAD
                : next(estimate, (double) Math.max(1, latencyNanos), inFlight);
        estimate = bounds.clamp(next);
        if ((int) estimate != limit) {
          limit = (int) estimate;
        }
      } finally {
        updating.set(false);
      }
    }
  }

  @Override
  public String toString() {
    return Integer.toString(limit);
  }
}
