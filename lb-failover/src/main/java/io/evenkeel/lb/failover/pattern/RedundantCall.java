package io.evenkeel.lb.failover.pattern;

import io.evenkeel.lb.Lease;
import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.Scheduler;
import io.evenkeel.lb.failover.AsyncOperation;
import io.evenkeel.lb.failover.stage.Awaited;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * One call in several copies.
 *
 * <p>Memory: each copy has a slot, which is empty until it has ended or the call is complete: both
 * fill it by compare-and-set. So a result is either in the replies or given up, never both or
 * neither. A copy fills its slot before it counts, so those that were counted are all seen by the
 * one whose count decided; counts only grow, so exactly one does.
 */
final class RedundantCall<T extends @Nullable Object> {
  private static final long ENDED = 1L << 32;

  private final Redundant settings;
  private final AsyncOperation<T> operation;
  private final long limitNanos;
  private final long begunNanos;
  private final List<Copy> copies = new ArrayList<>();
  private final AtomicReferenceArray<@Nullable Reply<T>> slots;

  /** How many copies have ended, and in the lower half how many of these successfully. */
  private final AtomicLong counts = new AtomicLong();

  private final CompletableFuture<Replies<T>> promise = new CompletableFuture<>();
  private volatile Scheduler.@Nullable Scheduled deadline;

  RedundantCall(
      Redundant settings, AsyncOperation<T> operation, List<Lease> leases, long limitNanos) {
    this.settings = settings;
    this.operation = operation;
    this.limitNanos = limitNanos;
    this.begunNanos = settings.ticker.read();
    this.slots = new AtomicReferenceArray<>(leases.size());
    for (Lease lease : leases) {
      copies.add(new Copy(copies.size(), lease));
    }
  }

  @SuppressWarnings("FutureReturnValueIgnored") // it only lets go of what nobody needs
  CompletableFuture<Replies<T>> start() {
    promise.whenComplete((replies, thrown) -> completed());
    copies.forEach(Copy::begin);
    if (!haveAllEnded()) {
      Scheduler.Scheduled scheduled = settings.scheduler.schedule(this::tooLate, limitNanos);
      deadline = scheduled;
      if (haveAllEnded()) {
        scheduled.cancel();
      }
    }
    return promise;
  }

  private boolean haveAllEnded() {
    return counts.get() / ENDED == copies.size();
  }

  private void completed() {
    if (promise.isCancelled()) {
      copies.forEach(Copy::cancel);
      for (int i = 0; i < copies.size(); i++) {
        giveUp(i);
      }
    } else if (settings.copies.cancelsOthers()) {
      copies.forEach(Copy::cancel);
    }
  }

  private void tooLate() {
    copies.forEach(Copy::tooLate);
  }

  private long nanos() {
    return settings.ticker.read() - begunNanos;
  }

  private void ended(int index, Reply<T> reply) {
    if (!slots.compareAndSet(index, null, reply) && reply.isSuccess()) {
      settings.discard(reply.value());
    }
    long now = counts.addAndGet(ENDED + (reply.isSuccess() ? 1 : 0));
    int ended = (int) (now / ENDED);
    int succeeded = (int) now;
    Scheduler.Scheduled timer = deadline;
    if (ended == copies.size() && timer != null) {
      timer.cancel();
    }
    int needed = settings.copies.needed;
    // What could still succeed falls below what is needed once, and what has succeeded reaches it
    // once: only the copy whose count did so decides.
    boolean all = settings.copies.waits && ended == copies.size();
    boolean enough = !settings.copies.waits && reply.isSuccess() && succeeded == needed;
    boolean hopeless =
        !settings.copies.waits
            && !reply.isSuccess()
            && succeeded + copies.size() - ended == needed - 1;
    if (enough || (all && succeeded >= needed)) {
      succeed(index);
    } else if (hopeless || all) {
      fail();
    }
  }

  /**
   * @param last the copy that decided
   */
  private void succeed(int last) {
    if (promise.isDone()) {
      return;
    }
    if (settings.copies.cancelsOthers()) {
      for (int i = 0; i < copies.size(); i++) {
        if (i != last) {
          giveUp(i);
        }
      }
    }
    promise.complete(new Replies<>(replies()));
  }

  private void fail() {
    if (promise.isDone()) {
      return;
    }
    List<Reply<T>> replies = replies();
    Throwable cause = null;
    for (Reply<T> reply : replies) {
      cause = cause == null ? reply.thrown().orElse(null) : cause;
    }
    promise.completeExceptionally(
        new TooFewRepliesException(
            settings.balancer.name(), settings.copies.needed, replies, cause));
  }

  /** The result of this copy, if it has or will have one, is of no use. */
  private void giveUp(int index) {
    Reply<T> reply = slots.get(index);
    if (reply != null && !reply.isSuccess()) {
      return;
    }
    var lost =
        Reply.<T>failure(copies.get(index).lease.endpoint(), Outcome.CANCELLED, null, nanos());
    Reply<T> given = slots.getAndSet(index, lost);
    if (given != null && given.isSuccess()) {
      settings.discard(given.value());
    }
  }

  /** What there is; copies that are under way will come too late. */
  private List<Reply<T>> replies() {
    List<Reply<T>> replies = new ArrayList<>(copies.size());
    for (int i = 0; i < copies.size(); i++) {
      Reply<T> pending = Reply.pending(copies.get(i).lease.endpoint(), nanos());
      Reply<T> before = slots.compareAndExchange(i, null, pending);
      replies.add(before == null ? pending : before);
    }
    return replies;
  }

  /** One copy. It ends once: by its stage, by the deadline, or because nobody needs it any more. */
  private final class Copy extends Awaited<T> {
    private final int index;
    private final Lease lease;

    Copy(int index, Lease lease) {
      this.index = index;
      this.lease = lease;
    }

    @Override
    protected CompletionStage<T> open() throws Exception {
      return operation.on(lease.endpoint());
    }

    @Override
    protected void completed(@Nullable T result, @Nullable Throwable thrown) {
      Outcome outcome = settings.judge(result, thrown);
      settings.end(lease, outcome, result, thrown);
      if (thrown == null && !outcome.isFailure()) {
        ended(index, Reply.success(lease.endpoint(), outcome, result, nanos()));
      } else {
        settings.discard(result);
        ended(index, Reply.failure(lease.endpoint(), outcome, thrown, nanos()));
      }
    }

    @Override
    protected void discard(@Nullable T result) {
      settings.discard(result);
    }

    void tooLate() {
      end(Outcome.TIMEOUT, new DeadlinePassed(limitNanos));
    }

    void cancel() {
      end(Outcome.CANCELLED, null);
    }

    private void end(Outcome outcome, @Nullable Throwable thrown) {
      if (giveUp(() -> lease.end(outcome))) {
        ended(index, Reply.failure(lease.endpoint(), outcome, thrown, nanos()));
      }
    }
  }

  /** Without a stack trace, which would be a timer's. */
  static final class DeadlinePassed extends TimeoutException {
    private static final long serialVersionUID = 1L;

    DeadlinePassed(long nanos) {
      super("no answer within " + Duration.ofNanos(nanos));
    }

    @Override
    public Throwable fillInStackTrace() {
      return this;
    }
  }
}
