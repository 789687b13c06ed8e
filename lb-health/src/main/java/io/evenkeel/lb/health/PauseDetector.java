package io.evenkeel.lb.health;

/**
 * Finds out when this process did not run: then the looks that are due ten times a second come
 * late. What requests of that time report proves nothing, since whoever waited for an answer did
 * not look whether there was one. Thread-safe.
 */
final class PauseDetector {
  /** Looks may be late by so much on a machine that is merely busy. */
  private static final long LIMIT_NANOS = 400_000_000;

  /** As many late looks in a row are no pause: this process is always late, and must judge. */
  private static final int MOST_IN_A_ROW = 5;

  private volatile int inARow;
  private volatile long ranAt;
  private volatile long pausedUntil;

  PauseDetector(long nowNanos) {
    ranAt = nowNanos;
    pausedUntil = nowNanos;
  }

  /** Looks begin anew after there were none on purpose. */
  void resume(long nowNanos) {
    ranAt = nowNanos;
  }

  /** A look takes place; whether there was a pause before it. */
  boolean ran(long nowNanos) {
    boolean late = nowNanos - ranAt > LIMIT_NANOS;
    boolean paused = late && inARow < MOST_IN_A_ROW;
    if (paused) {
      pausedUntil = nowNanos;
    }
    inARow = late ? Math.min(inARow + 1, MOST_IN_A_ROW) : 0;
    ranAt = nowNanos;
    return paused;
  }

  /**
   * Whether a request was under way during a pause. Does not rely on a look after the pause, since
   * whoever waits for an answer may come first.
   *
   * @param watching whether there are looks
   */
  boolean excuses(long begunNanos, long nowNanos, boolean watching) {
    if (watching && inARow < MOST_IN_A_ROW && nowNanos - ranAt > LIMIT_NANOS) {
      pausedUntil = nowNanos;
    }
    return begunNanos - pausedUntil < 0;
  }
}
