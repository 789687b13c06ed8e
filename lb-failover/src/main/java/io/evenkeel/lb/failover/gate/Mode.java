package io.evenkeel.lb.failover.gate;

import io.evenkeel.lb.Outcome;
import io.github.resilience4j.circuitbreaker.CircuitBreaker.State;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * What a breaker's gate does while the breaker is in one state: one generation of that state, so
 * that another one of the same kind is another object. A request belongs to the generation that
 * admitted it, and its result counts nowhere else.
 *
 * <p>Between the look whether a generation is the present one and the breaker's own record a thread
 * may be held up, while others open the breaker and half-open it; its result would then count among
 * those of the trials. So each generation counts the threads that are in between, and the gate does
 * not have the breaker half-open itself while there are any. All of these are volatile: either such
 * a thread sees that its generation is over, or the gate sees the thread. What remains is a person
 * who half-opens the breaker by hand at that very moment.
 */
abstract sealed class Mode permits Mode.Closed, HalfOpen, Mode.Open, Mode.Shut {
  /** What the breaker says. */
  final State state;

  /** The breaker's own record of this generation, by whose identity it is known. */
  final Object measured;

  /** A request whose stamp is not after this was admitted by another generation. */
  final long since;

  private final AtomicInteger recording = new AtomicInteger();

  /** The one before, while threads may be recording in it or before it. */
  private @Nullable Mode before;

  Mode(State state, Object measured, long since, @Nullable Mode before) {
    this.state = state;
    this.measured = measured;
    this.since = since;
    this.before = before == null || before.isQuiet() ? null : before;
  }

  /** Whether a request may begin. */
  abstract boolean admit(long stamp, BreakerGate gate);

  /** Takes note of a result; whether the breaker was told. */
  abstract boolean record(Outcome outcome, long stamp, long latencyNanos, BreakerGate gate);

  /** Whether no thread is about to record in an earlier generation. */
  final boolean isAlone() {
    Mode earlier = before;
    if (earlier != null && !earlier.isQuiet()) {
      return false;
    }
    before = null;
    return true;
  }

  private boolean isQuiet() {
    return recording.get() == 0 && isAlone();
  }

  /** Tells the breaker, unless this generation is over. */
  final boolean tell(Outcome outcome, long latencyNanos, BreakerGate gate) {
    recording.getAndIncrement();
    try {
      boolean present = gate.isIn(this);
      if (present) {
        gate.tellBreaker(outcome, latencyNanos);
      }
      return present;
    } finally {
      recording.getAndDecrement();
    }
  }

  /** All requests pass: closed, disabled, or only measured. */
  static final class Closed extends Mode {
    private final Calm calm;

    Closed(State state, Object measured, long since, Calm calm, @Nullable Mode before) {
      super(state, measured, since, before);
      this.calm = calm;
    }

    @Override
    boolean admit(long stamp, BreakerGate gate) {
      return true;
    }

    @Override
    boolean record(Outcome outcome, long stamp, long latencyNanos, BreakerGate gate) {
      boolean failure = outcome.isFailure();
      if (outcome == Outcome.CANCELLED
          || stamp - since <= 0
          || (!failure && calm.covers(latencyNanos))) {
        return false;
      }
      calm.before(failure, latencyNanos);
      boolean told = tell(outcome, latencyNanos, gate);
      if (told && !failure) {
        calm.after(latencyNanos);
      }
      return told;
    }
  }

  /** No request passes, except in panic; and its result says nothing then. */
  static final class Open extends Mode {
    private final long waitNanos;
    private final AtomicInteger trying = new AtomicInteger();

    /**
     * @param waitNanos for how long; negative if only the breaker knows
     */
    Open(Object measured, long since, long waitNanos, @Nullable Mode before) {
      super(State.OPEN, measured, since, before);
      this.waitNanos = waitNanos;
    }

    @Override
    boolean admit(long stamp, BreakerGate gate) {
      if (waitNanos >= 0 && isOver(stamp)) {
        // The scheduler is late. The breaker holds a lock for that, so only one goes there.
        end(gate);
      }
      return gate.isLenient();
    }

    @Override
    boolean record(Outcome outcome, long stamp, long latencyNanos, BreakerGate gate) {
      return false;
    }

    /** Whether the wait may be over. */
    boolean isOver(long nowNanos) {
      return waitNanos < 0 || nowNanos - since - waitNanos >= 0;
    }

    /** In how many nanoseconds to look whether it is over. */
    long left(long nowNanos, long most) {
      long left = since + waitNanos - nowNanos;
      return waitNanos >= 0 && left > 0 ? Math.min(most, left) : most;
    }

    /**
     * Has the breaker half-open itself, if it agrees that the wait is over and no thread could
     * still tell it of a request from before.
     */
    void end(BreakerGate gate) {
      if (isAlone() && trying.compareAndSet(0, 1)) {
        try {
          gate.tryHalfOpen();
        } finally {
          trying.set(0);
        }
      }
    }
  }

  /**
   * No request passes, whatever happens: by an order, or while one mode takes over from another.
   */
  static final class Shut extends Mode {
    Shut(Object measured, long since, @Nullable Mode before) {
      super(State.FORCED_OPEN, measured, since, before);
    }

    @Override
    boolean admit(long stamp, BreakerGate gate) {
      return false;
    }

    @Override
    boolean record(Outcome outcome, long stamp, long latencyNanos, BreakerGate gate) {
      return false;
    }
  }
}
