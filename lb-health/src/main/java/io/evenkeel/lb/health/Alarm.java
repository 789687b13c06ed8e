package io.evenkeel.lb.health;

import io.evenkeel.lb.Scheduler;
import io.evenkeel.lb.Scheduler.Scheduled;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/** One task that is due at some time, or not at all. For the control thread alone. */
final class Alarm {
  static final long NEVER = Long.MAX_VALUE;

  private final Scheduler scheduler;
  private final LongConsumer task;
  private @Nullable Scheduled next;
  private long nextAt;
  private long times;

  /**
   * @param task is given what {@link #rang} takes
   */
  Alarm(Scheduler scheduler, LongConsumer task) {
    this.scheduler = scheduler;
    this.task = task;
  }

  /** Sets it; an earlier time that was set before stays, since then it is set anew. */
  void set(long nowNanos, long delayNanos) {
    Scheduled before = next;
    if (before != null && (delayNanos == NEVER || nowNanos + delayNanos - nextAt < 0)) {
      before.cancel();
      next = null;
    }
    if (next == null && delayNanos != NEVER) {
      nextAt = nowNanos + delayNanos;
      long set = ++times;
      next = scheduler.schedule(() -> task.accept(set), delayNanos);
    }
  }

  /** It has gone off, as it was set then: one that was cancelled too late changes nothing. */
  void rang(long set) {
    if (set == times) {
      next = null;
    }
  }
}
