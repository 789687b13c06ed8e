package io.evenkeel.lb.failover.pattern;

import static java.util.Objects.requireNonNull;

import io.evenkeel.lb.RequestContext;
import io.evenkeel.lb.Scheduler;
import io.evenkeel.lb.failover.AsyncOperation;
import io.evenkeel.lb.failover.Failover;
import io.evenkeel.lb.failover.setting.Expect;
import io.evenkeel.lb.failover.stage.Handover;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Moves calls where two must never be at work at once, such as a store whose data moves with them:
 * stops the old one, holds new calls until it is idle, and makes them at the new one. Thread-safe.
 *
 * <pre>{@code
 * Failover before = Failover.of(orders);
 * Failover after = Failover.of(payments);
 * ColdMigration move = ColdMigration.of(before, after, 1000, Duration.ofSeconds(5));
 * move.callAsync(context, endpoint -> getAsync("http://" + endpoint.authority() + "/orders/17"));
 * move.begin();
 * }</pre>
 *
 * <p>A held call is made once, or rejected without having been made; its deadline begins when it is
 * made. Only calls made through this object are known to it. One that was cancelled or took too
 * long counts as ended, though its server may still be at it.
 *
 * <p>Memory: phase and count are one word, changed by compare-and-set, so no call begins at the old
 * one after it was found idle. A call is queued before the phase is read again; a release changes
 * the phase before it looks at the queue. So one of the two sees the other.
 */
public final class ColdMigration {
  private static final long HOLDING = 1L << 32;
  private static final long NEW = 1L << 33;
  private static final int TURN_AT = 34;
  private static final long COUNT = HOLDING - 1;

  private final Failover from;
  private final Failover to;
  private final int mostHeld;
  private final long limitNanos;
  private final Scheduler scheduler;

  /** From the lowest bits: calls under way at the old one, phase, how often it was begun. */
  private final AtomicLong gate = new AtomicLong();

  private final Queue<Held<?>> queue = new ConcurrentLinkedQueue<>();
  private final AtomicInteger held = new AtomicInteger();
  private volatile Scheduler.@Nullable Scheduled timer;

  /** Where calls go. */
  public enum Phase {
    /** To the old one. */
    OLD,
    /** They are held until the old one is idle. */
    HOLDING,
    /** To the new one. */
    NEW
  }

  private ColdMigration(
      Failover from, Failover to, int mostHeld, Duration limit, Scheduler scheduler) {
    this.from = requireNonNull(from, "from");
    this.to = requireNonNull(to, "to");
    this.mostHeld = Expect.within("mostHeld", mostHeld, 0, 1_000_000);
    this.limitNanos = Expect.positive("limit", limit).toNanos();
    this.scheduler = requireNonNull(scheduler, "scheduler");
  }

  /**
   * One that has not begun.
   *
   * @param from where calls go before
   * @param to where they go afterwards
   * @param mostHeld how many calls are held at a time, from 0 to 1,000,000; others are rejected
   * @param limit how long the old one may take to become idle, and so the longest that a call is
   *     held; then it is {@linkplain #abort aborted}. Above 0, at most a day
   * @throws IllegalArgumentException if one is not in its range
   */
  public static ColdMigration of(Failover from, Failover to, int mostHeld, Duration limit) {
    return of(from, to, mostHeld, limit, Scheduler.shared());
  }

  /** The same, with what runs its timer. */
  public static ColdMigration of(
      Failover from, Failover to, int mostHeld, Duration limit, Scheduler scheduler) {
    return new ColdMigration(from, to, mostHeld, limit, scheduler);
  }

  /** Where calls go now. */
  public Phase phase() {
    return phase(gate.get());
  }

  private static Phase phase(long seen) {
    return (seen & NEW) != 0 ? Phase.NEW : (seen & HOLDING) != 0 ? Phase.HOLDING : Phase.OLD;
  }

  /**
   * @param phase its bit; 0 for {@link Phase#OLD}
   */
  private static long with(long seen, long phase, long turn) {
    return (turn << TURN_AT) | phase | (seen & COUNT);
  }

  /** How many calls are under way at the old one. */
  public int underWay() {
    return (int) (gate.get() & COUNT);
  }

  /** How many calls are held. */
  public int held() {
    return held.get();
  }

  /** Stops the old one, and moves on as soon as it is idle. Does nothing once it has begun. */
  public void begin() {
    long seen;
    long turn;
    do {
      seen = gate.get();
      if (phase(seen) != Phase.OLD) {
        return;
      }
      turn = (seen >>> TURN_AT) + 1;
    } while (!gate.compareAndSet(seen, with(seen, HOLDING, turn)));
    long begun = turn;
    timer = scheduler.schedule(() -> abort(begun), limitNanos);
    moveIfIdle();
  }

  /** Makes held calls, and all that come, at the old one. Does nothing once all has moved. */
  public void abort() {
    abort(gate.get() >>> TURN_AT);
  }

  private void abort(long turn) {
    long seen;
    do {
      seen = gate.get();
      if (phase(seen) != Phase.HOLDING || seen >>> TURN_AT != turn) {
        return;
      }
    } while (!gate.compareAndSet(seen, with(seen, 0, turn)));
    release();
  }

  private void moveIfIdle() {
    long seen = gate.get();
    while (phase(seen) == Phase.HOLDING && (seen & COUNT) == 0) {
      if (gate.compareAndSet(seen, with(seen, NEW, seen >>> TURN_AT))) {
        release();
        return;
      }
      seen = gate.get();
    }
  }

  private void release() {
    Scheduler.Scheduled scheduled = timer;
    if (phase() != Phase.HOLDING && scheduled != null) {
      scheduled.cancel();
    }
    // While calls are held again they wait for the next release.
    while (phase() != Phase.HOLDING) {
      Held<?> next = queue.poll();
      if (next == null) {
        return;
      }
      held.decrementAndGet();
      route(next);
    }
  }

  /**
   * Makes a call, as {@link Failover#callAsync}, now or when it is not held any more. To cancel the
   * result cancels the call, be it held or under way.
   *
   * @param context as there; if the call is held, read by the thread that releases it
   * @return completes as there, or with a {@link RejectedExecutionException} if too many calls are
   *     held; then it has not been made
   */
  public <T extends @Nullable Object> CompletableFuture<T> callAsync(
      RequestContext context, AsyncOperation<T> operation) {
    requireNonNull(context, "context");
    requireNonNull(operation, "operation");
    Held<T> call = new Held<>(context, operation);
    route(call);
    return call.promise;
  }

  private void route(Held<?> call) {
    while (!call.promise.isDone()) {
      long seen = gate.get();
      switch (phase(seen)) {
        case NEW -> {
          call.makeAt(to, null);
          return;
        }
        case OLD -> {
          if (gate.compareAndSet(seen, seen + 1)) {
            call.makeAt(from, this::ended);
            return;
          }
        }
        case HOLDING -> {
          hold(call);
          return;
        }
      }
    }
  }

  @SuppressWarnings("FutureReturnValueIgnored") // it only gives back the place
  private void hold(Held<?> call) {
    if (held.incrementAndGet() > mostHeld) {
      held.decrementAndGet();
      call.promise.completeExceptionally(
          new RejectedExecutionException("held calls: " + mostHeld + " (expected: fewer)"));
      return;
    }
    queue.add(call);
    call.promise.whenComplete((value, thrown) -> leave(call));
    release();
  }

  /** A call that its caller has cancelled leaves its place to others. */
  private void leave(Held<?> call) {
    if (call.promise.isCancelled() && queue.remove(call)) {
      held.decrementAndGet();
    }
  }

  private void ended() {
    gate.decrementAndGet();
    moveIfIdle();
  }

  @Override
  public String toString() {
    return "ColdMigration[" + phase() + ", from " + from + " to " + to + "]";
  }

  /** A call that is made once. */
  private static final class Held<T extends @Nullable Object> {
    private final RequestContext context;
    private final AsyncOperation<T> operation;
    private final CompletableFuture<T> promise = new CompletableFuture<>();

    Held(RequestContext context, AsyncOperation<T> operation) {
      this.context = context;
      this.operation = operation;
    }

    /**
     * @param ended is run when the call has ended, before the promise is kept
     */
    @SuppressWarnings("FutureReturnValueIgnored") // what comes of it keeps the promise
    void makeAt(Failover place, @Nullable Runnable ended) {
      CompletableFuture<T> call;
      try {
        call = place.callAsync(context, operation);
      } catch (Throwable t) {
        call = CompletableFuture.failedFuture(t);
      }
      call.whenComplete(
          (value, thrown) -> {
            if (ended != null) {
              ended.run();
            }
            Handover.keep(promise, value, thrown);
          });
      Handover.cancelWith(promise, call);
    }
  }
}
