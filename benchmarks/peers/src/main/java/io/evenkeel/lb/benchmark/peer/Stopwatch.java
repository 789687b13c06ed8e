package io.evenkeel.lb.benchmark.peer;

/**
 * Turns a latency back into the stamp that a library gave when the request began. Its clock may
 * start anywhere, but runs as fast as the system's.
 */
final class Stopwatch {
  private volatile long offset;

  /** A stamp that was given just now. */
  void stamped(long stamp) {
    offset = stamp - System.nanoTime();
  }

  /** The stamp of a request that took so long and is over now. */
  long stamp(long latencyNanos) {
    return System.nanoTime() + offset - latencyNanos;
  }
}
