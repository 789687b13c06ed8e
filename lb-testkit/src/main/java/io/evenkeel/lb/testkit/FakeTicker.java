package io.evenkeel.lb.testkit;

import io.evenkeel.lb.Ticker;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/** A clock that stands still until it is told to move. Thread-safe. */
public final class FakeTicker implements Ticker {
  private final AtomicLong now;

  /** A clock that shows 0. */
  public FakeTicker() {
    this(0);
  }

  /**
   * A clock that shows a given time: use {@code Long.MAX_VALUE - 5}, say, to see how code takes a
   * clock that wraps around.
   */
  public FakeTicker(long nanos) {
    now = new AtomicLong(nanos);
  }

  @Override
  public long read() {
    return now.get();
  }

  /** Moves the clock forward. */
  public void advance(Duration time) {
    advance(time.toNanos());
  }

  /**
   * Moves the clock forward.
   *
   * @throws IllegalArgumentException if the time is negative
   */
  public void advance(long nanos) {
    if (nanos < 0) {
      throw new IllegalArgumentException("nanos: " + nanos + " (expected: >= 0)");
    }
    now.addAndGet(nanos);
  }

  @Override
  public String toString() {
    return "FakeTicker[" + now + "]";
  }
}
