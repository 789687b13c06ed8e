package io.evenkeel.lb.failover;

import io.evenkeel.lb.Lease;
import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.failover.FailoverException.Reason;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/** Makes a call on the caller's thread: one attempt after the other. */
final class SyncCall {
  private SyncCall() {}

  /**
   * @param open whether the lease of the attempt whose result is returned is left to the caller
   */
  static <T extends @Nullable Object> T make(
      Failover failover, Run run, LeasedOperation<T> operation, boolean open) {
    try {
      return attempts(failover, run, operation, open);
    } catch (RuntimeException | Error e) {
      if (failover.guarded.isListening()) {
        Reason reason = e instanceof FailoverException failed ? failed.reason() : null;
        failover.guarded.call(run, reason, failover.ticker.read() - run.begunNanos());
      }
      throw e;
    }
  }

  private static <T extends @Nullable Object> T attempts(
      Failover failover, Run run, LeasedOperation<T> operation, boolean open) {
    long now = run.begunNanos();
    long wait = failover.admission.pauseNanos(run, now);
    if (wait > 0) {
      pause(failover, run, wait, null);
      now = failover.ticker.read();
    }
    while (true) {
      Lease lease = failover.lease(run, now);
      @Nullable T result = null;
      Throwable thrown = null;
      int place = failover.watch.add(run, now);
      long limit = failover.limitNanos(run, now);
      run.enter(now + limit);
      try {
        result = operation.on(lease, limit);
      } catch (Throwable t) {
        thrown = t;
      }
      boolean late = run.leave();
      failover.watch.remove(run, place);
      if (late && thrown != null) {
        thrown = new AttemptTimeout(limit, thrown);
      }
      if (thrown instanceof StaleConnectionException stale) {
        if (run.repeats()) {
          lease.end(Outcome.CANCELLED);
          now = failover.ticker.read();
          continue;
        }
        thrown = stale.failure();
      }
      Outcome outcome = failover.judge(run.outcomes(), run.begun(), result, thrown);
      if (!open || thrown != null) {
        failover.end(run.outcomes(), lease, outcome, result, thrown);
      }
      boolean listening = failover.guarded.isListening();
      long end = listening || outcome.isFailure() ? failover.ticker.read() : 0;
      if (listening) {
        failover.guarded.attempt(run, lease.endpoint(), outcome, end - now, run.begun(), false);
      }
      if (!outcome.isFailure()) {
        if (thrown != null) {
          throw rethrown(run, thrown);
        }
        return done(failover, run, result, end);
      }
      run.note(lease.endpoint(), outcome, end - now, thrown);
      long pause = run.failed(run.outcomes(), outcome, result, thrown, end);
      if (pause == Run.GIVE_UP && thrown == null && !failover.retries.isFailureAfterResults()) {
        return done(failover, run, result, end);
      }
      if (thrown == null) {
        failover.end(run.outcomes(), lease, outcome, result, null);
        failover.guarded.discard(run.begun(), result);
      }
      if (pause == Run.GIVE_UP) {
        throw run.exception(thrown);
      }
      if (pause > 0) {
        pause(failover, run, pause, thrown);
      }
      now = failover.ticker.read();
    }
  }

  static RuntimeException rethrown(Run run, Throwable thrown) {
    if (thrown instanceof Error error) {
      throw error;
    }
    if (thrown instanceof RuntimeException unchecked) {
      return unchecked;
    }
    if (thrown instanceof InterruptedException) {
      Thread.currentThread().interrupt();
      return run.exception(Reason.INTERRUPTED, thrown);
    }
    return run.exception(Reason.OPERATION, thrown);
  }

  private static void pause(Failover failover, Run run, long nanos, @Nullable Throwable thrown) {
    CountDownLatch over = new CountDownLatch(1);
    var scheduled = failover.scheduler.schedule(over::countDown, nanos);
    try {
      over.await();
    } catch (InterruptedException e) {
      scheduled.cancel();
      Thread.currentThread().interrupt();
      throw run.exception(Reason.INTERRUPTED, thrown);
    }
  }

  /**
   * Ends a call with the result of an operation that has returned, which is null only if that may
   * be.
   *
   * @param end when; of no meaning while nobody listens
   */
  @SuppressWarnings("NullAway")
  private static <T extends @Nullable Object> T done(
      Failover failover, Run run, @Nullable T result, long end) {
    if (failover.guarded.isListening()) {
      failover.guarded.call(run, null, end - run.begunNanos());
    }
    return result;
  }
}
