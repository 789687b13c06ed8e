package io.evenkeel.lb.health.detect;

/**
 * The requests to a node that ended in some stretch of time. Those that were cancelled or rejected
 * are left out: they say nothing of whether the node is fit.
 *
 * @param successes that it answered
 * @param failures that it did not, whatever the reason
 * @param latencyNanos how long the successes took together
 */
public record Counts(long successes, long failures, long latencyNanos) {
  /** No requests. */
  public static final Counts NONE = new Counts(0, 0, 0);

  /** All of them. */
  public long requests() {
    return successes + failures;
  }

  /** Which share failed; 0 without requests. */
  public double failureRatio() {
    return requests() == 0 ? 0 : (double) failures / requests();
  }

  /** How long a success took on average, in nanoseconds; 0 without successes. */
  public double meanLatencyNanos() {
    return successes == 0 ? 0 : (double) latencyNanos / successes;
  }

  /** These and others. */
  public Counts plus(Counts others) {
    return new Counts(
        successes + others.successes,
        failures + others.failures,
        latencyNanos + others.latencyNanos);
  }
}
