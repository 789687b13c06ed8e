package io.evenkeel.lb.health;

import io.evenkeel.lb.HealthContext;
import io.evenkeel.lb.Outcome;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * When a monitor looks at its nodes: ten times a second while it is awake, and at once when a node
 * fails repeatedly. It falls asleep without traffic, and the next request wakes it. The looks are
 * the pause guard's pulse, too.
 *
 * <p>Memory: {@code awake} and {@code asked} are notes that the request path leaves, taken by
 * compare-and-set so that one thread asks the scheduler. If that refuses, the note is taken back,
 * and the next to come asks again. {@code lookedAt} is written by the control thread alone.
 */
final class Looks {
  private static final long TICK_NANOS = 100_000_000;

  /** As many failures in a row are worth a look at once. */
  private static final int WORTH_A_LOOK = 2;

  /** Between two such looks, so that an outage of everything does not cost a core. */
  private static final long GAP_NANOS = 10_000_000;

  private final HealthContext context;
  private final Runnable look;
  private final PauseDetector pauses;
  private final AtomicBoolean awake = new AtomicBoolean();
  private final AtomicBoolean asked = new AtomicBoolean();
  private volatile long lookedAt;

  /**
   * @param look looks, on the control thread, from any thread
   */
  Looks(HealthContext context, Runnable look) {
    this.context = context;
    this.look = look;
    long now = now();
    this.pauses = new PauseDetector(now);
    this.lookedAt = now;
  }

  long now() {
    return context.ticker().read();
  }

  // The request path.

  void wake() {
    if (!awake.get()) {
      // First, since whoever sees it awake takes a time without looks for a pause.
      pauses.resume(now());
      if (awake.compareAndSet(false, true)) {
        lookIn(0, awake);
      }
    }
  }

  /** A request has failed. */
  void failed(int inARow, Outcome outcome) {
    if ((inARow >= WORTH_A_LOOK || outcome == Outcome.UNREACHABLE)
        && !asked.get()
        && asked.compareAndSet(false, true)) {
      lookIn(Math.max(0, GAP_NANOS - (now() - lookedAt)), asked);
    }
  }

  /** Whether a failure says nothing, because this process did not run meanwhile. */
  boolean isExcused(long begunNanos, long nowNanos) {
    return pauses.excuses(begunNanos, nowNanos, awake.get());
  }

  private void lookIn(long nanos, AtomicBoolean note) {
    try {
      context.scheduler().schedule(look, nanos);
    } catch (Throwable t) {
      note.set(false);
      throw t;
    }
  }

  // The control thread.

  /** A look takes place; whether this process did not run before it. */
  boolean begin(long nowNanos) {
    asked.set(false);
    lookedAt = nowNanos;
    return pauses.ran(nowNanos);
  }

  boolean isAwake() {
    return awake.get();
  }

  void sleep() {
    awake.set(false);
  }

  /** In how many nanoseconds the next is due; {@link Alarm#NEVER} while asleep. */
  long nextNanos(long nowNanos) {
    return awake.get() ? Math.max(0, TICK_NANOS - (nowNanos - lookedAt)) : Alarm.NEVER;
  }
}
