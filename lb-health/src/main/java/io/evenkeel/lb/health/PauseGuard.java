package io.evenkeel.lb.health;

/**
 * Finds out when this process did not run: then the looks that are due ten times a second come
 * late. What requests of that time report proves nothing, since whoever waited for an answer did
 * not look whether there was one. Thread-safe.
 */
final class PauseGuard {
  /** Looks may be late by so much on a machine that is merely busy. */
  private static final long LIMIT_NANOS = 400_000_000;

  private volatile long ranAt;
  private volatile long pausedUntil;

  PauseGuard(long nowNanos) {
    ranAt = nowNanos;
    pausedUntil = nowNanos;
  }

  /** Looks begin anew after there were none on purpose. */
  void resume(long nowNanos) {
    ranAt = nowNanos;
  }

  /** A look takes place; whether there was a pause before it. */
  boolean ran(long nowNanos) {
    boolean paused = nowNanos - ranAt > LIMIT_NANOS;
    if (paused) {
      pausedUntil = nowNanos;
    }
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
    if (watching && nowNanos - ranAt > LIMIT_NANOS) {
      pausedUntil = nowNanos;
    }
    return begunNanos - pausedUntil < 0;
  }
}
