package io.evenkeel.lb.failover.pattern;

import static java.lang.System.Logger.Level.WARNING;
import static java.util.Objects.requireNonNull;

import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.Lease;
import io.evenkeel.lb.NoEndpointException;
import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.RequestContext;
import io.evenkeel.lb.Scheduler;
import io.evenkeel.lb.Ticker;
import io.evenkeel.lb.failover.AsyncOperation;
import io.evenkeel.lb.failover.CallContext;
import io.evenkeel.lb.failover.Outcomes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Makes the same call at several distinct endpoints at once: for an answer that is there as soon as
 * the quickest of them is, or for writes that several replicas are to have. Thread-safe.
 *
 * <pre>{@code
 * Redundant writes = Redundant.of(orders, Copies.quorum(3));
 * Replies<Integer> replies =
 *     writes.call(context, endpoint -> getAsync("http://" + endpoint.authority() + "/orders/17"));
 * }</pre>
 *
 * <p>Every copy is sent, so this multiplies the load, whatever fails; nothing is tried again. To
 * have a second copy only where the first is slow, use the hedges of a {@link
 * io.evenkeel.lb.failover.Failover}. What must not be done twice must not be sent in copies unless
 * the servers know that the copies are the same. A call that fails may have had its effect at some
 * endpoints: the exception says at which.
 */
public final class Redundant {
  private static final System.Logger LOG = System.getLogger("io.evenkeel.lb.failover");

  final Balancer balancer;
  final Copies copies;
  final Ticker ticker;
  final Scheduler scheduler;
  private final long deadlineNanos;
  private final Outcomes outcomes;
  private final AtomicBoolean logged = new AtomicBoolean();

  Redundant(RedundantBuilder settings) {
    this.balancer = settings.balancer;
    this.copies = settings.copies;
    this.ticker = settings.ticker;
    this.scheduler = settings.scheduler;
    this.deadlineNanos = settings.deadline.toNanos();
    this.outcomes = settings.outcomes;
  }

  /** With the defaults of {@link RedundantBuilder}. */
  public static Redundant of(Balancer balancer, Copies copies) {
    return builder(balancer, copies).build();
  }

  /** Begins one with other settings. */
  public static RedundantBuilder builder(Balancer balancer, Copies copies) {
    return new RedundantBuilder(balancer, copies);
  }

  /**
   * Makes a call and waits until it is complete.
   *
   * @param context what is known of the call: its affinity, and as {@link CallContext#TIME_LIMIT}
   *     says how long it may take
   * @throws TooFewRepliesException if fewer have succeeded than were needed, or the thread was
   *     interrupted, which is its cause then
   */
  public <T extends @Nullable Object> Replies<T> call(
      RequestContext context, AsyncOperation<T> operation) {
    CompletableFuture<Replies<T>> future = callAsync(context, operation);
    try {
      return future.get();
    } catch (InterruptedException e) {
      future.cancel(true);
      Thread.currentThread().interrupt();
      throw new TooFewRepliesException(balancer.name(), copies.needed, List.of(), e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof TooFewRepliesException failed) {
        throw failed;
      }
      throw new IllegalStateException(e.getCause());
    }
  }

  /**
   * Makes a call without waiting for it. To cancel the result cancels the copies under way.
   *
   * @param context as for {@link #call}; read by the caller's thread alone
   * @return completes with the replies, or exceptionally with a {@link TooFewRepliesException}
   */
  public <T extends @Nullable Object> CompletableFuture<Replies<T>> callAsync(
      RequestContext context, AsyncOperation<T> operation) {
    requireNonNull(operation, "operation");
    long limit = CallContext.limitNanos(context, deadlineNanos);
    if (limit <= 0) {
      return tooFew(new RedundantCall.DeadlinePassed(limit));
    }
    List<Lease> leases = new ArrayList<>();
    NoEndpointException none;
    try {
      none = lease(new Spread(context), leases);
    } catch (Throwable t) {
      // Such as what the context throws when it is asked about the next endpoint.
      leases.forEach(lease -> lease.end(Outcome.CANCELLED));
      throw t;
    }
    if (leases.size() < copies.needed) {
      leases.forEach(lease -> lease.end(Outcome.CANCELLED));
      return tooFew(none);
    }
    return new RedundantCall<>(this, operation, leases, limit).start();
  }

  /** Nothing was sent. */
  private <T> CompletableFuture<T> tooFew(@Nullable Exception cause) {
    return CompletableFuture.failedFuture(
        new TooFewRepliesException(balancer.name(), copies.needed, List.of(), cause));
  }

  /**
   * Begins a request at each endpoint that a copy goes to.
   *
   * @return why there are not as many as wanted, if the balancer said so
   */
  private @Nullable NoEndpointException lease(Spread spread, List<Lease> leases) {
    try {
      while (leases.size() < copies.most) {
        Lease lease = balancer.lease(spread);
        if (!spread.add(lease.endpoint())) {
          // There is no other.
          lease.end(Outcome.CANCELLED);
          return null;
        }
        leases.add(lease);
      }
      return null;
    } catch (NoEndpointException e) {
      return e;
    }
  }

  Outcome judge(@Nullable Object result, @Nullable Throwable thrown) {
    try {
      return requireNonNull(
          thrown == null ? outcomes.ofResult(result) : outcomes.of(thrown), "outcome");
    } catch (Throwable e) {
      failed("outcomes", e);
      return thrown == null ? Outcome.SUCCESS : Outcomes.ofDefaults().of(thrown);
    }
  }

  /** Ends a copy's request, and tells the node of the endpoint's wishes. */
  void end(Lease lease, Outcome outcome, @Nullable Object result, @Nullable Throwable thrown) {
    lease.end(outcome);
    if (outcome.isFailure()) {
      try {
        long wish = outcomes.pushbackNanos(result, thrown);
        if (wish > 0) {
          lease.node().pushback(wish);
        }
      } catch (Throwable e) {
        failed("outcomes", e);
      }
    }
  }

  /** Nobody gets this result. */
  void discard(@Nullable Object result) {
    if (result instanceof AutoCloseable open) {
      try {
        open.close();
      } catch (Throwable e) {
        failed("result that was given up", e);
      }
    }
  }

  private void failed(String component, Throwable thrown) {
    if (logged.compareAndSet(false, true)) {
      LOG.log(WARNING, balancer.name() + ": " + component + " of redundant calls threw", thrown);
    }
  }

  @Override
  public String toString() {
    return "Redundant["
        + copies
        + ", deadline "
        + Duration.ofNanos(deadlineNanos)
        + " -> "
        + balancer
        + " -> operation -> "
        + outcomes
        + "]";
  }
}
