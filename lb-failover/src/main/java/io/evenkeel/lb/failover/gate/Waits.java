package io.evenkeel.lb.failover.gate;

import io.github.resilience4j.core.IntervalFunction;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** Remembers for how long one breaker was last told to stay open, which it tells nobody itself. */
final class Waits implements IntervalFunction {
  static final long UNKNOWN = -1;

  private final IntervalFunction function;
  private final AtomicLong latestNanos = new AtomicLong(UNKNOWN);

  Waits(IntervalFunction function) {
    this.function = function;
  }

  @Override
  public Long apply(Integer attempt) {
    Long millis = function.apply(attempt);
    // The breaker waits until this is over, not just reached.
    latestNanos.set(TimeUnit.MILLISECONDS.toNanos(millis) + 1);
    return millis;
  }

  /** The latest wait, once; {@link #UNKNOWN} if somebody else has said for how long. */
  long takeNanos() {
    return latestNanos.getAndSet(UNKNOWN);
  }

  @Override
  public String toString() {
    return function.toString();
  }
}
