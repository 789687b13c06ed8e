package io.evenkeel.lb;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * Remembers roughly what the clock showed last, so that others can look at the time for the price
 * of a field. A reading of the clock costs 20 to 30 ns, more than a whole choice.
 *
 * <p>{@code recent} is read and written opaquely: readers need some recent value, not the latest,
 * and it orders nothing else. It is written once a millisecond at most, so the cache line that all
 * threads read stays shared.
 */
final class RecentTicker {
  static final long RESOLUTION_NANOS = 1 << 20;

  private static final VarHandle RECENT;

  static {
    try {
      RECENT = MethodHandles.lookup().findVarHandle(RecentTicker.class, "recent", long.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final Ticker ticker;

  @SuppressWarnings("unused") // through RECENT
  private long recent;

  RecentTicker(Ticker ticker) {
    this.ticker = ticker;
    this.recent = ticker.read();
  }

  /** What the clock showed last, at most about a millisecond behind. */
  long read() {
    return (long) RECENT.getOpaque(this);
  }

  /** Looks at the clock itself, and remembers what it shows. */
  long now() {
    long now = ticker.read();
    if (now - (long) RECENT.getOpaque(this) >= RESOLUTION_NANOS) {
      RECENT.setOpaque(this, now);
    }
    return now;
  }
}
