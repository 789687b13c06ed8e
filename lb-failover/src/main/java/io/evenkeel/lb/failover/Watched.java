package io.evenkeel.lb.failover;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * A thread in an operation, which is interrupted if that takes too long.
 *
 * <p>Memory: {@code state} is the number of the attempt and its phase in one word, changed by
 * compare-and-set. So who has seen that the limit of an attempt is over can only end that one, and
 * the thread does not go on before an interrupt that is meant for it has come and was taken back.
 * The limit and the thread are written before the state, which is released, and read after it: who
 * then finds the state unchanged has read those of its attempt.
 */
abstract class Watched {
  private static final int IDLE = 0;
  private static final int RUNNING = 1;
  private static final int EXPIRING = 2;
  private static final int EXPIRED = 3;
  private static final int PHASES = 4;

  private static final VarHandle STATE;

  static {
    try {
      STATE = MethodHandles.lookup().findVarHandle(Watched.class, "state", long.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private volatile long state;
  private @Nullable Thread thread;
  private long limitNanos;

  /** Whether the thread was interrupted for its limit. Written before {@code EXPIRED}. */
  private boolean ours;

  final void enter(long limit) {
    thread = Thread.currentThread();
    limitNanos = limit;
    STATE.setRelease(this, state + RUNNING);
  }

  /**
   * The operation is over; whether it took too long. The interrupt, if it was for that, is gone.
   */
  final boolean leave() {
    long running = state / PHASES * PHASES + RUNNING;
    long next = running - RUNNING + PHASES + IDLE;
    if (STATE.compareAndSet(this, running, next)) {
      return false;
    }
    while (state % PHASES != EXPIRED) {
      Thread.onSpinWait();
    }
    if (ours) {
      // Whether somebody else interrupted it since then cannot be told.
      Thread.interrupted();
    }
    state = next;
    return true;
  }

  /** Interrupts the thread if its time is over. */
  final void expire(long nowNanos) {
    long seen = state;
    Thread running = thread;
    if (seen % PHASES == RUNNING
        && nowNanos - limitNanos >= 0
        && running != null
        && STATE.compareAndSet(this, seen, seen - RUNNING + EXPIRING)) {
      try {
        // Who waits for something that heeds no interrupt may have got one from somebody else.
        ours = !running.isInterrupted();
        if (ours) {
          running.interrupt();
        }
      } finally {
        // Threads may have an interrupt of their own that throws; the caller spins until then.
        state = seen - RUNNING + EXPIRED;
      }
    }
  }
}
