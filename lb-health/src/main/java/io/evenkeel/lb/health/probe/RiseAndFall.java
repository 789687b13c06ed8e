package io.evenkeel.lb.health.probe;

/**
 * Whether an endpoint is up, from the answers to its probes: down after a run of failures, up again
 * after a run of successes, and {@linkplain Damping damped} where that goes to and fro. The first
 * success of an endpoint that was not known to be up needs no run, and is no change that counts.
 * Not thread-safe.
 */
final class RiseAndFall {
  private final int rise;
  private final int fall;
  private final Damping damping = new Damping();
  private boolean up;

  /** Whether an answer or a run of them has said how the endpoint is. */
  private boolean known;

  /** How many answers in a row have contradicted the verdict. */
  private int run;

  RiseAndFall(int rise, int fall, boolean up) {
    this.rise = rise;
    this.fall = fall;
    this.up = up;
  }

  /**
   * Takes an answer. Returns whether the endpoint is up.
   *
   * @param suspected whether something else speaks against the endpoint; then one failure will do
   */
  boolean record(boolean success, boolean suspected, long nowNanos) {
    if (success && !known) {
      known = true;
      up = true;
      run = 0;
    } else if (success == up) {
      run = 0;
    } else {
      run = Math.min(run, Integer.MAX_VALUE - 1) + 1;
      long needed = suspected && up ? 1 : needed(nowNanos);
      if (run >= needed && damping.holdNanos(nowNanos) == 0) {
        known = true;
        up = success;
        run = 0;
        damping.changed(nowNanos);
      }
    }
    return up;
  }

  private long needed(long nowNanos) {
    return (long) (up ? fall : rise) * damping.factor(nowNanos);
  }

  /** Whether the endpoint is up and the latest answer has said the same. */
  boolean isSettled() {
    return up && run == 0;
  }
}
