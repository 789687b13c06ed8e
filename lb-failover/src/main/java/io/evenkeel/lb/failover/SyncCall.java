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
  static <T extends @Nullable Object> T make(Run run, LeasedOperation<T> operation, boolean open) {
    Rules rules = run.rules();
    try {
      return attempts(rules, run, operation, open);
    } catch (RuntimeException | Error e) {
      if (rules.guarded.isListening()) {
        Reason reason = e instanceof FailoverException failed ? failed.reason() : null;
        rules.guarded.call(run, reason, rules.ticker.read() - run.begunNanos());
      }
      throw e;
    }
  }

  private static <T extends @Nullable Object> T attempts(
      Rules rules, Run run, LeasedOperation<T> operation, boolean open) {
    long now = run.begunNanos();
    long wait = rules.admission.pauseNanos(run, now);
    if (wait > 0) {
      pause(rules, run, wait, null);
      now = rules.ticker.read();
    }
    while (true) {
      Lease lease = rules.lease(run, now);
      run.begin(lease.endpoint());
      @Nullable T result = null;
      Throwable thrown = null;
      int place;
      try {
        place = rules.watch.add(run, now);
      } catch (Throwable t) {
        lease.end(Outcome.CANCELLED);
        throw t;
      }
      long limit = rules.limitNanos(run, now);
      run.enter(now + limit);
      try {
        result = operation.on(lease, limit);
      } catch (Throwable t) {
        thrown = t;
      }
      boolean late = run.leave();
      rules.watch.remove(run, place);
      if (late && thrown != null) {
        thrown = new AttemptTimeout(limit, thrown);
      }
      if (thrown instanceof StaleConnectionException stale) {
        if (run.repeats()) {
          lease.end(Outcome.CANCELLED);
          now = rules.ticker.read();
          continue;
        }
        thrown = stale.failure();
      }
      Outcome outcome = rules.judge(run.outcomes(), run.begun(), result, thrown);
      if (!open || thrown != null) {
        rules.end(run.outcomes(), lease, outcome, result, thrown);
      }
      boolean listening = rules.guarded.isListening();
      long end = listening || outcome.isFailure() ? rules.ticker.read() : 0;
      if (listening) {
        rules.guarded.attempt(run, lease.endpoint(), outcome, end - now, run.begun(), false);
      }
      if (!outcome.isFailure()) {
        if (thrown != null) {
          throw rethrown(run, thrown);
        }
        return done(rules, run, result, end);
      }
      run.note(lease.endpoint(), outcome, end - now, thrown);
      long pause = run.failed(run.outcomes(), outcome, result, thrown, end);
      if (pause == Run.GIVE_UP && thrown == null && !rules.retries.isFailureAfterResults()) {
        return done(rules, run, result, end);
      }
      if (thrown == null) {
        rules.end(run.outcomes(), lease, outcome, result, null);
        rules.guarded.discard(run.begun(), result);
      }
      if (pause == Run.GIVE_UP) {
        throw run.exception(thrown);
      }
      if (pause > 0) {
        pause(rules, run, pause, thrown);
      }
      now = rules.ticker.read();
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

  private static void pause(Rules rules, Run run, long nanos, @Nullable Throwable thrown) {
    CountDownLatch over = new CountDownLatch(1);
    var scheduled = rules.scheduler.schedule(over::countDown, nanos);
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
      Rules rules, Run run, @Nullable T result, long end) {
    if (rules.guarded.isListening()) {
      rules.guarded.call(run, null, end - run.begunNanos());
    }
    return result;
  }
}
