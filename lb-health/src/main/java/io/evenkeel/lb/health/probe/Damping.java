package io.evenkeel.lb.health.probe;

/**
 * Keeps the verdict on one endpoint from flapping, whatever its check says.
 *
 * <p>There are at most two changes in any minute: a third one has to wait until the first is a
 * minute old. And of changes that follow one another within a minute, each beyond the first doubles
 * the evidence that the next one needs, up to 8 times. So a first failure and a first return, which
 * are what really happens to servers, are never slowed; and an endpoint that has kept one verdict
 * for a minute starts afresh.
 *
 * <p>Doubling alone would not bound the changes: at one probe a second, runs of 3, 2, 6, 8, 24 and
 * 16 fit into a minute. Waiting alone would let noise change the verdict as soon as it may.
 *
 * <p>Not thread-safe.
 */
final class Damping {
  static final long WINDOW_NANOS = 60_000_000_000L;
  static final int MOST_TIMES = 8;

  private long latest;
  private long beforeThat;
  private int total;
  private int inARow;

  /** By how much more evidence than usual a change needs: 1, 2, 4 or 8 times. */
  int factor(long nowNanos) {
    int row = inARow(nowNanos);
    return row <= 1 ? 1 : Math.min(MOST_TIMES, 1 << (row - 1));
  }

  /** How long a change has to wait; 0 if it may be now. */
  long holdNanos(long nowNanos) {
    return total < 2 ? 0 : Math.max(0, WINDOW_NANOS - (nowNanos - beforeThat));
  }

  /** The verdict has changed. */
  void changed(long nowNanos) {
    inARow = Math.min(inARow(nowNanos) + 1, MOST_TIMES);
    beforeThat = latest;
    latest = nowNanos;
    total = Math.min(total + 1, 2);
  }

  private int inARow(long nowNanos) {
    return nowNanos - latest < WINDOW_NANOS ? inARow : 0;
  }
}
