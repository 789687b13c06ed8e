package io.evenkeel.lb.failover;

import io.evenkeel.lb.Lease;
import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.Scheduler;
import io.evenkeel.lb.failover.FailoverException.Reason;
import io.evenkeel.lb.failover.stage.Awaited;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Makes a call without waiting for it. What happens to it (an attempt ends, a pause or the time for
 * a hedge is over, the caller cancels) is dealt with in the order of its mailbox, one after the
 * other; only that an attempt is over is decided where it happens, once, so that its lease ends in
 * time.
 */
final class AsyncCall<T extends @Nullable Object> {
  private final Rules rules;
  private final Run run;
  private final Opening<T> opening;
  private final boolean open;
  private final CompletableFuture<T> promise = new CompletableFuture<>();
  private final Mailbox mailbox = new Mailbox();

  // For the mailbox alone.
  private final List<Try> underWay = new ArrayList<>(2);
  private Scheduler.@Nullable Scheduled pause;
  private Scheduler.@Nullable Scheduled hedge;
  private boolean told;

  /**
   * @param open whether the lease of the attempt whose result is the call's is left to the caller
   */
  AsyncCall(Run run, Opening<T> opening, boolean open) {
    this.rules = run.rules();
    this.run = run;
    this.opening = opening;
    this.open = open;
  }

  @SuppressWarnings("FutureReturnValueIgnored") // it only lets go of what nobody needs
  CompletableFuture<T> start() {
    promise.whenComplete((result, thrown) -> post(this::letGo));
    post(this::enter);
    return promise;
  }

  private void enter() {
    try {
      again(rules.admission.pauseNanos(run, run.begunNanos()));
    } catch (FailoverException e) {
      fail(e);
    }
  }

  /**
   * It has its result, or is about to have it: nothing else is of interest. Before who waits for it
   * is told, since what that does might take long.
   */
  private void letGo() {
    if (pause != null) {
      rules.guarded.cancel(pause::cancel);
    }
    if (hedge != null) {
      rules.guarded.cancel(hedge::cancel);
    }
    if (promise.isCancelled() && !underWay.isEmpty() && rules.admission.isThrottled()) {
      rules.admission.ended(Outcome.CANCELLED, rules.ticker.read());
    }
    underWay.forEach(other -> rules.guarded.cancel(other::cancel));
    underWay.clear();
    // Unless it was before its result was there: somebody else has completed or cancelled it.
    tell(null);
  }

  private void attempt() {
    if (!promise.isDone()) {
      long now = rules.ticker.read();
      attempt(rules.lease(run, now), now, false);
    }
  }

  private void attempt(Lease lease, long now, boolean hedge) {
    run.begin(lease.endpoint());
    Try next = new Try(lease, now, rules.limitNanos(run, now), run.begun(), hedge);
    underWay.add(next);
    if (run.begun() == 1) {
      hedgeLater(now);
    }
    next.start();
  }

  private void hedgeLater(long now) {
    Hedges hedges = rules.hedges;
    if (hedges == null || !run.isIdempotent()) {
      return;
    }
    hedges.begun(now);
    long delay = hedges.delayNanos(now);
    if (delay != Hedges.NOT_YET && delay < rules.limitNanos(run, now)) {
      hedge = rules.scheduler.schedule(() -> post(() -> hedge(hedges)), delay);
    }
  }

  /** The first attempt has no answer yet. */
  private void hedge(Hedges hedges) {
    if (promise.isDone() || run.begun() != 1 || underWay.size() != 1) {
      return;
    }
    long now = rules.ticker.read();
    Lease lease = hedges.lease(run, now);
    if (lease != null) {
      attempt(lease, now, true);
    }
  }

  private void ended(Try ended, @Nullable T result, @Nullable Throwable thrown, Outcome outcome) {
    underWay.remove(ended);
    if (promise.isDone()) {
      ended.drop(result, thrown);
      return;
    }
    if (!outcome.isFailure()) {
      if (thrown == null) {
        succeed(ended, result);
      } else if (outcome != Outcome.CANCELLED || underWay.isEmpty()) {
        fail(thrown);
      }
      return;
    }
    long now = rules.ticker.read();
    run.note(ended.lease.endpoint(), outcome, now - ended.begunNanos, thrown);
    if (!underWay.isEmpty()) {
      // Another may still succeed: what has failed first must not beat it.
      ended.drop(result, thrown);
      return;
    }
    long nanos = run.failed(ended.outcomes, outcome, result, thrown, now);
    if (nanos != Run.GIVE_UP) {
      ended.drop(result, thrown);
      again(nanos);
    } else if (thrown == null && !rules.retries.isFailureAfterResults()) {
      succeed(ended, result);
    } else {
      ended.drop(result, thrown);
      fail(run.exception(thrown));
    }
  }

  /** It was never sent, so once in a call it may be made again; its endpoint is not to blame. */
  private void stale(Try ended, IOException failure) {
    if (promise.isDone() || underWay.size() > 1 || !run.repeats()) {
      ended.completed(null, failure);
      return;
    }
    ended.undo();
    underWay.remove(ended);
    if (hedge != null) {
      hedge.cancel();
    }
    attempt();
  }

  /** Nothing that a task throws may keep those after it, and the call, from their ends. */
  private void post(Runnable task) {
    mailbox.post(
        () -> {
          try {
            task.run();
          } catch (Throwable t) {
            fail(t);
          }
        });
  }

  private void again(long nanos) {
    if (nanos == 0) {
      attempt();
      return;
    }
    pause = rules.scheduler.schedule(() -> post(this::attempt), nanos);
  }

  @SuppressWarnings("NullAway") // null only where T may be
  private void succeed(Try ended, @Nullable T result) {
    tell(null);
    letGo();
    if (!promise.complete(result)) {
      ended.discard(result);
    }
  }

  private void fail(Throwable thrown) {
    tell(thrown instanceof FailoverException e ? e.reason() : null);
    letGo();
    promise.completeExceptionally(thrown);
  }

  private void tell(@Nullable Reason failed) {
    if (rules.guarded.isListening() && !told) {
      told = true;
      rules.guarded.call(run, failed, rules.ticker.read() - run.begunNanos());
    }
  }

  /** One attempt. It ends once: by its stage, by its limit, or because nobody needs it any more. */
  private final class Try extends Awaited<T> {
    private final Lease lease;
    private final long begunNanos;
    private final int number;
    private final boolean hedge;
    private final long limitNanos;
    private volatile Outcomes outcomes = run.outcomes();
    private volatile LongFunction<Throwable> late = Opening.Opened::tookLong;
    private volatile Outcome outcome = Outcome.CANCELLED;
    private volatile Scheduler.@Nullable Scheduled limit;

    Try(Lease lease, long begunNanos, long limitNanos, int number, boolean hedge) {
      this.lease = lease;
      this.begunNanos = begunNanos;
      this.limitNanos = limitNanos;
      this.number = number;
      this.hedge = hedge;
    }

    void start() {
      begin();
      if (!isOver()) {
        Scheduler.Scheduled scheduled = rules.scheduler.schedule(this::tooLate, limitNanos);
        limit = scheduled;
        if (isOver()) {
          scheduled.cancel();
        }
      }
    }

    @Override
    protected CompletionStage<T> open() throws Exception {
      Opening.Opened<T> opened = opening.on(lease, limitNanos, this::discard);
      outcomes = opened.outcomes();
      late = opened.late();
      return opened.stage();
    }

    @Override
    protected void completed(@Nullable T result, @Nullable Throwable thrown) {
      if (thrown instanceof StaleConnectionException stale) {
        post(() -> stale(this, stale.failure()));
        return;
      }
      try {
        settle(rules.judge(outcomes, number, result, thrown));
        if (!open || thrown != null) {
          end(result, thrown);
        }
        tellEnd(result, thrown);
      } catch (Throwable t) {
        drop(result, thrown);
        broken(t);
      }
    }

    /** What it ends with is over, so nothing else would ever end its lease and the call. */
    private void broken(Throwable thrown) {
      lease.end(outcome);
      post(() -> fail(thrown));
    }

    void tellEnd(@Nullable T result, @Nullable Throwable thrown) {
      post(() -> ended(this, result, thrown, outcome));
    }

    /** Nobody wants its result. */
    @Override
    protected void discard(@Nullable T result) {
      end(result, null);
      rules.guarded.discard(number, result);
    }

    void drop(@Nullable T result, @Nullable Throwable thrown) {
      if (thrown == null) {
        discard(result);
      }
    }

    private void tooLate() {
      Throwable thrown = late.apply(limitNanos);
      try {
        if (giveUp(() -> givenUp(rules.judge(outcomes, number, null, thrown), thrown))) {
          tellEnd(null, thrown);
        }
      } catch (Throwable t) {
        broken(t);
      }
    }

    void cancel() {
      giveUp(() -> givenUp(Outcome.CANCELLED, null));
    }

    /** Before its stage is cancelled, which might end the lease as if nobody had waited. */
    private void givenUp(Outcome outcome, @Nullable Throwable thrown) {
      settle(outcome);
      end(null, thrown);
    }

    private void end(@Nullable T result, @Nullable Throwable thrown) {
      rules.end(outcomes, lease, outcome, result, thrown);
    }

    /** It is as if it had not been made. */
    void undo() {
      stopTimer();
      lease.end(Outcome.CANCELLED);
    }

    private void stopTimer() {
      Scheduler.Scheduled timer = limit;
      if (timer != null) {
        timer.cancel();
      }
    }

    private void settle(Outcome judged) {
      outcome = judged;
      stopTimer();
      Hedges hedges = rules.hedges;
      if (hedges != null && number == 1 && run.isIdempotent()) {
        long now = rules.ticker.read();
        hedges.took(now - begunNanos, now);
      }
      if (rules.guarded.isListening()) {
        long nanos = rules.ticker.read() - begunNanos;
        rules.guarded.attempt(run, lease.endpoint(), judged, nanos, number, hedge);
      }
    }
  }
}
