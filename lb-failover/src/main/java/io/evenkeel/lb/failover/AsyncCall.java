package io.evenkeel.lb.failover;

import io.evenkeel.lb.Lease;
import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.Scheduler;
import io.evenkeel.lb.failover.FailoverException.Reason;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Makes a call without waiting for it. What happens to it (an attempt ends, a pause or the time for
 * a hedge is over, the caller cancels) is dealt with in the order of its mailbox, one after the
 * other; only that an attempt is over is decided where it happens, once, so that its lease ends in
 * time.
 */
final class AsyncCall<T extends @Nullable Object> {
  private final Failover failover;
  private final Run run;
  private final AsyncOperation<T> operation;
  private final CompletableFuture<T> promise = new CompletableFuture<>();
  private final Mailbox mailbox = new Mailbox();

  // For the mailbox alone.
  private final List<Try> underWay = new ArrayList<>(2);
  private Scheduler.@Nullable Scheduled pause;
  private Scheduler.@Nullable Scheduled hedge;

  AsyncCall(Failover failover, Run run, AsyncOperation<T> operation) {
    this.failover = failover;
    this.run = run;
    this.operation = operation;
  }

  @SuppressWarnings("FutureReturnValueIgnored") // it only lets go of what nobody needs
  CompletableFuture<T> start() {
    promise.whenComplete((result, thrown) -> mailbox.post(this::letGo));
    mailbox.post(this::enter);
    return promise;
  }

  private void enter() {
    try {
      again(failover.admission.pauseNanos(run, run.begunNanos()));
    } catch (FailoverException e) {
      fail(e);
    }
  }

  /** It has its result: nothing else is of interest. */
  private void letGo() {
    if (pause != null) {
      pause.cancel();
    }
    if (hedge != null) {
      hedge.cancel();
    }
    underWay.forEach(Try::cancel);
    underWay.clear();
  }

  private void attempt(boolean hedge) {
    if (promise.isDone()) {
      return;
    }
    long now = failover.ticker.read();
    Try next;
    try {
      Lease lease = failover.lease(run, now);
      next = new Try(lease, now, failover.limitNanos(run, now), run.begun(), hedge);
    } catch (Throwable t) {
      if (underWay.isEmpty()) {
        fail(t);
      }
      return;
    }
    underWay.add(next);
    if (run.begun() == 1) {
      hedgeLater(now);
    }
    next.begin();
  }

  private void hedgeLater(long now) {
    Hedges hedges = failover.hedges;
    if (hedges == null || !run.isIdempotent()) {
      return;
    }
    hedges.begun(now);
    long delay = hedges.delayNanos(now);
    if (delay != Hedges.NOT_YET && delay < failover.limitNanos(run, now)) {
      hedge = failover.scheduler.schedule(() -> mailbox.post(() -> hedge(hedges)), delay);
    }
  }

  /** The first attempt has no answer yet. */
  private void hedge(Hedges hedges) {
    if (!promise.isDone()
        && run.begun() == 1
        && underWay.size() == 1
        && hedges.take(failover.budget, failover.ticker.read())) {
      attempt(true);
    }
  }

  private void ended(Try ended, @Nullable T result, @Nullable Throwable thrown, Outcome outcome) {
    underWay.remove(ended);
    if (promise.isDone()) {
      failover.guarded.discard(run.begun(), result);
      return;
    }
    if (!outcome.isFailure()) {
      if (thrown == null) {
        succeed(result);
      } else {
        fail(thrown);
      }
      return;
    }
    long now = failover.ticker.read();
    run.note(ended.lease.endpoint(), outcome, now - ended.begunNanos, thrown);
    if (!underWay.isEmpty()) {
      // Another may still succeed: what has failed first must not beat it.
      failover.guarded.discard(run.begun(), result);
      return;
    }
    long nanos = run.failed(outcome, result, thrown, now);
    if (nanos != Run.GIVE_UP) {
      failover.guarded.discard(run.begun(), result);
      again(nanos);
    } else if (thrown == null && !failover.retries.isFailureAfterResults()) {
      succeed(result);
    } else {
      fail(run.exception(thrown));
    }
  }

  private void again(long nanos) {
    if (nanos == 0) {
      attempt(false);
      return;
    }
    pause = failover.scheduler.schedule(() -> mailbox.post(() -> attempt(false)), nanos);
  }

  @SuppressWarnings("NullAway") // null only where T may be
  private void succeed(@Nullable T result) {
    tell(null);
    if (!promise.complete(result)) {
      failover.guarded.discard(run.begun(), result);
    }
  }

  private void fail(Throwable thrown) {
    tell(thrown instanceof FailoverException e ? e.reason() : null);
    promise.completeExceptionally(thrown);
  }

  private void tell(@Nullable Reason failed) {
    if (failover.guarded.isListening()) {
      failover.guarded.call(failed, run.begun(), failover.ticker.read() - run.begunNanos());
    }
  }

  /** One attempt. It ends once: by its stage, by its limit, or because nobody needs it any more. */
  private final class Try {
    private final AtomicBoolean over = new AtomicBoolean();
    private final Lease lease;
    private final long begunNanos;
    private final int number;
    private final boolean hedge;
    private final long limitNanos;
    private volatile Scheduler.@Nullable Scheduled limit;
    private volatile @Nullable CompletionStage<T> stage;

    Try(Lease lease, long begunNanos, long limitNanos, int number, boolean hedge) {
      this.lease = lease;
      this.begunNanos = begunNanos;
      this.limitNanos = limitNanos;
      this.number = number;
      this.hedge = hedge;
    }

    void begin() {
      CompletionStage<T> begun;
      try {
        begun = operation.on(lease.endpoint());
      } catch (Throwable t) {
        completed(null, t);
        return;
      }
      stage = begun;
      begun.whenComplete(this::completed);
      if (!over.get()) {
        Scheduler.Scheduled scheduled = failover.scheduler.schedule(this::tooLate, limitNanos);
        limit = scheduled;
        if (over.get()) {
          scheduled.cancel();
        }
      }
    }

    private void completed(@Nullable T result, @Nullable Throwable thrown) {
      if (!over.compareAndSet(false, true)) {
        failover.guarded.discard(number, result);
        return;
      }
      Throwable cause = thrown == null ? null : unwrapped(thrown);
      end(failover.judge(number, result, cause), result, cause);
    }

    private void tooLate() {
      if (over.compareAndSet(false, true)) {
        abandon();
        Throwable thrown = new AttemptTimeout(limitNanos, null);
        end(failover.judge(number, null, thrown), null, thrown);
      }
    }

    void cancel() {
      if (over.compareAndSet(false, true)) {
        abandon();
        settle(Outcome.CANCELLED, null, null);
      }
    }

    private void end(Outcome outcome, @Nullable T result, @Nullable Throwable thrown) {
      settle(outcome, result, thrown);
      mailbox.post(() -> ended(this, result, thrown, outcome));
    }

    private void settle(Outcome outcome, @Nullable T result, @Nullable Throwable thrown) {
      Scheduler.Scheduled timer = limit;
      if (timer != null) {
        timer.cancel();
      }
      failover.end(lease, outcome, result, thrown);
      Hedges hedges = failover.hedges;
      if (hedges != null && number == 1 && run.isIdempotent()) {
        long now = failover.ticker.read();
        hedges.took(now - begunNanos, now);
      }
      if (failover.guarded.isListening()) {
        long nanos = failover.ticker.read() - begunNanos;
        failover.guarded.attempt(lease.endpoint(), outcome, nanos, number, hedge);
      }
    }

    private void abandon() {
      if (stage instanceof Future<?> future) {
        future.cancel(true);
      }
    }
  }

  /** What a stage completed with may be wrapped by others that depend on it. */
  private static Throwable unwrapped(Throwable thrown) {
    Throwable cause = thrown.getCause();
    return thrown instanceof CompletionException && cause != null ? cause : thrown;
  }
}
