package io.evenkeel.lb.failover;

import static java.util.Objects.requireNonNull;

import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.Lease;
import io.evenkeel.lb.NoEndpointException;
import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.RequestContext;
import io.evenkeel.lb.Scheduler;
import io.evenkeel.lb.Ticker;
import io.evenkeel.lb.failover.FailoverException.Reason;
import java.time.Duration;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * How the calls of a failover are made: its settings, and what is live of them. A call keeps those
 * that it has begun with. Thread-safe.
 */
final class Rules {
  final Balancer balancer;
  final Retries retries;
  final RetryBudget budget;
  final Guarded guarded;
  final Ticker ticker;
  final Scheduler scheduler;
  final Watch watch;
  final Admission admission;
  final @Nullable Hedges hedges;
  final Executor executor;
  final long deadlineNanos;
  private final long attemptNanos;
  private final boolean idempotent;
  private final @Nullable Hedging hedging;

  Rules(FailoverBuilder settings) {
    this.balancer = settings.balancer;
    this.retries = new Retries(settings.retry);
    this.budget = settings.budget;
    this.guarded = new Guarded(balancer.name(), settings.outcomes, retries, settings.listeners);
    this.ticker = settings.ticker;
    this.scheduler = settings.scheduler;
    this.idempotent = settings.idempotent;
    this.deadlineNanos = settings.deadline.toNanos();
    this.attemptNanos = settings.attemptTimeoutNanos();
    this.watch = new Watch(ticker, scheduler);
    this.admission = new Admission(settings);
    this.hedging = settings.hedging;
    this.hedges = hedging == null ? null : hedging.newHedges();
    this.executor = settings.executor;
  }

  Run begin(RequestContext context) {
    return begin(context, guarded.outcomes());
  }

  Run begin(RequestContext context, Outcomes outcomes) {
    long now = ticker.read();
    budget.begun(now);
    return new Run(this, requireNonNull(context, "context"), outcomes, now);
  }

  /**
   * Begins a request where the balancer chooses.
   *
   * @throws FailoverException if no time is left, or no endpoint takes it
   */
  Lease lease(Run run, long nowNanos) {
    if (run.leftNanos(nowNanos) <= 0) {
      throw run.exception(Reason.DEADLINE, null);
    }
    try {
      return balancer.lease(run);
    } catch (NoEndpointException e) {
      throw run.exception(Reason.NO_ENDPOINT, e);
    }
  }

  /** Whether a result that a call has returned is a failure all the same. */
  boolean isFailure(@Nullable Object result) {
    return guarded.judge(guarded.outcomes(), result).isFailure();
  }

  /** Whether a call may be repeated even if it was processed. */
  boolean isIdempotent(RequestContext context) {
    Boolean said = context.get(CallContext.IDEMPOTENT);
    return said != null ? said : idempotent;
  }

  boolean isHedged(RequestContext context) {
    return hedges != null && isIdempotent(context);
  }

  /** How long an attempt that begins now may take. */
  long limitNanos(Run run, long nowNanos) {
    return Math.min(attemptNanos, run.leftNanos(nowNanos));
  }

  /** What the end of an attempt says of its endpoint. */
  Outcome judge(
      Outcomes outcomes, int number, @Nullable Object result, @Nullable Throwable thrown) {
    Outcome outcome =
        thrown == null ? guarded.judge(outcomes, result) : guarded.judge(outcomes, thrown);
    // Most calls end here with their first attempt, and need no look at the clock for that.
    guarded.ended(budget, outcome, number, number > 1 ? ticker.read() : 0);
    if (admission.isThrottled()) {
      admission.ended(outcome, ticker.read());
    }
    return outcome;
  }

  /** Ends an attempt, unless it has ended, and tells the node of the endpoint's wishes. */
  void end(
      Outcomes outcomes,
      Lease lease,
      Outcome outcome,
      @Nullable Object result,
      @Nullable Throwable thrown) {
    if (!lease.end(outcome)) {
      return;
    }
    if (outcome.isFailure()) {
      long wish = guarded.pushback(outcomes, result, thrown);
      if (wish > 0) {
        lease.node().pushback(wish);
      }
    }
  }

  /** How a call is made, from the outermost to the innermost. */
  @Override
  public String toString() {
    return "Failover["
        + balancer.name()
        + ": "
        + admission
        + "deadline "
        + Duration.ofNanos(deadlineNanos)
        + (hedging == null ? "" : " -> hedge " + hedging)
        + " -> "
        + retries
        + (idempotent ? " of any call" : " of idempotent calls")
        + ", budget "
        + budget
        + " -> "
        + balancer
        + " -> attempt timeout "
        + Duration.ofNanos(attemptNanos)
        + " -> operation -> "
        + guarded
        + "]";
  }
}
