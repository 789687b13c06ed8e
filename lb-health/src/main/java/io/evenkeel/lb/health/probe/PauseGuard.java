package io.evenkeel.lb.health.probe;

/**
 * Throws away what was seen of an endpoint while this process itself did not run: stopped by a
 * signal or the collector, or with its machine. A task that comes much later than it was due shows
 * that. A process that is always late has to come to a verdict all the same, so only some may be
 * thrown away in a row. Not thread-safe.
 */
final class PauseGuard {
  /** How much later than due a task shows a pause. */
  static final long LATE_NANOS = 300_000_000;

  static final int MOST_IN_A_ROW = 5;

  private int inARow;

  static boolean showsPause(long dueNanos, long nowNanos) {
    return nowNanos - dueNanos >= LATE_NANOS;
  }

  /**
   * Asks whether one more piece of doubtful evidence may be thrown away, which then it has to be.
   */
  boolean discard() {
    if (inARow == MOST_IN_A_ROW) {
      return false;
    }
    inARow++;
    return true;
  }

  /** Evidence was used. */
  void taken() {
    inARow = 0;
  }
}
