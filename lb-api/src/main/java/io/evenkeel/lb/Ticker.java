package io.evenkeel.lb;

/**
 * A source of elapsed time. Readings are meaningful only as differences: compare them by
 * subtraction, since they may start anywhere and wrap around.
 */
@FunctionalInterface
public interface Ticker {
  /** Nanoseconds since some fixed moment. Thread-safe. */
  long read();

  /** The machine's monotonic clock; a change of the wall clock does not move it. */
  static Ticker system() {
    return SystemTicker.INSTANCE;
  }
}
