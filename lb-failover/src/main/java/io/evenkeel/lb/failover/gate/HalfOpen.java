package io.evenkeel.lb.failover.gate;

import io.evenkeel.lb.Outcome;
import io.github.resilience4j.circuitbreaker.CircuitBreaker.State;
import java.util.concurrent.atomic.AtomicLongArray;
import org.jspecify.annotations.Nullable;

/**
 * A number of requests pass, as trials. Each trial has a slot: free, the stamp of the request that
 * has it, or done. A slot that is done stays so, and one whose trial was cancelled is free again,
 * so that there are exactly as many results as slots, and the breaker decides by them.
 *
 * <p>The slots decide, not the breaker's own count of permits, which is only kept in step: somebody
 * else may take permits of the same breaker and never give them back.
 *
 * <p>Memory: slots change by compare-and-set, except from done back to free, which only the one
 * that made it done may do.
 */
final class HalfOpen extends Mode {
  private final AtomicLongArray slots;

  // No trial has one of these as its stamp, since all have later ones.
  private final long free;
  private final long done;

  HalfOpen(Object measured, long since, int trials, @Nullable Mode before) {
    super(State.HALF_OPEN, measured, since, before);
    this.free = since;
    this.done = since - 1;
    this.slots = new AtomicLongArray(trials);
    for (int i = 0; i < trials; i++) {
      slots.setPlain(i, free);
    }
  }

  @Override
  boolean admit(long stamp, BreakerGate gate) {
    if (stamp - since > 0) {
      for (int i = 0; i < slots.length(); i++) {
        if (slots.get(i) == free && slots.compareAndSet(i, free, stamp)) {
          return gate.beginTrial(this);
        }
      }
    }
    return gate.isLenient();
  }

  @Override
  boolean record(Outcome outcome, long stamp, long latencyNanos, BreakerGate gate) {
    if (stamp - since > 0) {
      for (int i = 0; i < slots.length(); i++) {
        if (slots.get(i) == stamp && slots.compareAndSet(i, stamp, done)) {
          return finish(i, outcome, latencyNanos, gate);
        }
      }
    }
    return false;
  }

  private boolean finish(int slot, Outcome outcome, long latencyNanos, BreakerGate gate) {
    boolean counted = false;
    try {
      if (outcome != Outcome.CANCELLED) {
        boolean told = tell(outcome, latencyNanos, gate);
        counted = true;
        return told;
      }
      return false;
    } finally {
      if (!counted) {
        gate.cancelTrial(this);
        slots.set(slot, free);
      }
    }
  }
}
