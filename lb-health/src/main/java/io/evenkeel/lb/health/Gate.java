package io.evenkeel.lb.health;

import io.evenkeel.lb.HealthIndicator;
import io.evenkeel.lb.Node;
import io.evenkeel.lb.Outcome;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * What requests meet at a node: on probation one at a time is let in.
 *
 * <p>Memory: {@code trial} is the whole of the permit, so that it cannot be given twice or taken
 * back from another: the stamp of the request that has it, changed by compare-and-set, or {@link
 * #NONE}. A request is known by when it began, which is what its end says, too; that another began
 * in the same nanosecond, before the probation, would only end the trial early.
 */
abstract sealed class Gate extends Tally implements HealthIndicator permits Subject {
  /** No request has this stamp. */
  private static final long NONE = Node.REFUSED;

  /** Wishes that differ by less are one, so that a flood of them costs nothing. */
  private static final long SPARING_STEP_NANOS = 250_000_000;

  private static final VarHandle TRIAL;

  static {
    try {
      TRIAL = MethodHandles.lookup().findVarHandle(Gate.class, "trial", long.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final Looks looks;

  @SuppressWarnings("unused") // through TRIAL
  private long trial = NONE;

  private volatile long sparedUntil;
  private volatile boolean spared;

  Gate(Looks looks) {
    this.looks = looks;
    attend(ASLEEP);
  }

  /** A trial has ended; on the request path. */
  abstract void tried(long stamp, boolean passed);

  /** The endpoint asked to be spared; on the request path. */
  abstract void sparedAnew();

  @Override
  public final boolean admit(long nowNanos) {
    int attention = attention();
    if ((attention & (ASLEEP | GATED)) == 0) {
      return true;
    }
    if ((attention & ASLEEP) != 0) {
      looks.wake();
    }
    return (attention & GATED) == 0 || TRIAL.compareAndSet(this, NONE, nowNanos);
  }

  @Override
  public final void record(Outcome outcome, long latencyNanos, long nowNanos) {
    if (outcome == Outcome.SUCCESS) {
      success(latencyNanos);
      if (attention() != 0) {
        recover(nowNanos - latencyNanos);
      }
    } else {
      trouble(outcome, nowNanos - latencyNanos, nowNanos);
    }
  }

  private void recover(long stamp) {
    int attention = attention();
    if ((attention & FAILURES) != 0) {
      recovers();
    }
    if ((attention & GATED) != 0 && isTrial(stamp)) {
      tried(stamp, true);
    }
    if ((attention & ASLEEP) != 0) {
      looks.wake();
    }
  }

  private void trouble(Outcome outcome, long stamp, long nowNanos) {
    boolean onTrial = (attention() & GATED) != 0 && isTrial(stamp);
    // Whoever asks to be spared answers so, which is no failure to answer.
    boolean shedding =
        outcome == Outcome.REJECTED || (outcome == Outcome.FAILURE && isSpared(nowNanos));
    if (shedding) {
      turnsAway();
    }
    if (outcome.isFailure() && !shedding && !looks.isExcused(stamp, nowNanos)) {
      int inARow = failure(outcome);
      if (onTrial) {
        tried(stamp, false);
      } else {
        looks.failed(inARow, outcome);
      }
    } else if (onTrial) {
      endTrial(stamp);
    }
    looks.wake();
  }

  @Override
  public final void pushback(long nanos) {
    long now = looks.now();
    long until = now + nanos;
    if (nanos > 0 && !(isSpared(now) && until - sparedUntil < SPARING_STEP_NANOS)) {
      sparedUntil = until;
      spared = true;
      sparedAnew();
    }
  }

  final boolean isSpared(long nowNanos) {
    return spared && sparedUntil - nowNanos > 0;
  }

  /** For how long it is to be spared; means nothing if it is not. */
  final long sparedNanos(long nowNanos) {
    return sparedUntil - nowNanos;
  }

  private boolean isTrial(long stamp) {
    return (long) TRIAL.getVolatile(this) == stamp;
  }

  /** Whether there was this trial, of this probation; now there may be another. */
  final boolean endTrial(long stamp) {
    return TRIAL.compareAndSet(this, stamp, NONE);
  }

  /** On probation, lets requests in one at a time, or all; for the control thread. */
  final void gate(boolean gated) {
    boolean was = (attention() & GATED) != 0;
    if (gated && !was) {
      TRIAL.setVolatile(this, NONE);
      attend(GATED);
    } else if (!gated && was) {
      drop(GATED);
    }
  }
}
