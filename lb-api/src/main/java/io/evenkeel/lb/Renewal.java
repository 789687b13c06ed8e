package io.evenkeel.lb;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * A note that all is to be judged and chosen from anew, though nothing has changed, and the task
 * that will leave it: the strategy asked for that, or an error cut short what was done. Used by the
 * control thread alone, except that the task runs where the scheduler has it.
 */
final class Renewal {
  private static final long RETRY_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final Scheduler scheduler;
  private final Runnable drain;
  private final AtomicBoolean due = new AtomicBoolean();
  private Scheduler.@Nullable Scheduled next;

  /**
   * @param drain to be called once the note is there
   */
  Renewal(Scheduler scheduler, Runnable drain) {
    this.scheduler = scheduler;
    this.drain = drain;
  }

  /** Whether there was a note. */
  boolean take() {
    return due.getAndSet(false);
  }

  /** Has the note left after a delay, in place of any that was to come. */
  void after(long nanos) {
    cancel();
    next =
        scheduler.schedule(
            () -> {
              due.set(true);
              drain.run();
            },
            nanos);
  }

  /** Leaves the note for whoever looks next, and has somebody look in a second. */
  void retry() {
    due.set(true);
    after(RETRY_NANOS);
  }

  void cancel() {
    if (next != null) {
      next.cancel();
      next = null;
    }
  }
}
