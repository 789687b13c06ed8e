package io.evenkeel.lb.failover;

import static java.util.Objects.requireNonNull;

import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.RequestContext;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Makes calls that finish in time on some endpoint of a balancer, without making an outage worse.
 * Thread-safe.
 *
 * <pre>{@code
 * Failover failover = Failover.of(orders);
 * int status =
 *     failover.call(
 *         CallContext.idempotent(), endpoint -> get("http://" + endpoint.authority() + "/17"));
 * }</pre>
 *
 * <p>What happens to a call, in this order, which {@link #toString} prints:
 *
 * <ol>
 *   <li>Admission: the client throttle, then the rate limit, may turn it away.
 *   <li>The deadline: no attempt starts after it, none lasts longer.
 *   <li>A hedge: after a while without an answer the call is made elsewhere as well.
 *   <li>Retries, from a budget: a call that has failed is made again, elsewhere if there is an
 *       elsewhere. One that may have been processed is repeated only if it is {@linkplain
 *       CallContext#IDEMPOTENT idempotent}.
 *   <li>The balancer chooses among the endpoints that were not tried. Its health and gates
 *       (breaker, bulkhead, limit) may refuse an endpoint, which is passed over then, not failed.
 *   <li>The attempt's time limit. A thread that waits is interrupted when it is over, a stage is
 *       cancelled. An operation that does neither notice nor time out by itself is waited for.
 *   <li>The operation.
 *   <li>{@link Outcomes} decide what its result or exception says of the endpoint, which goes to
 *       the balancer, its health and its gates.
 * </ol>
 */
public final class Failover {
  private final Supplier<Rules> rules;

  private Failover(Supplier<Rules> rules) {
    this.rules = rules;
  }

  Failover(Rules rules) {
    this(() -> rules);
  }

  /** With the defaults of {@link FailoverBuilder}. */
  public static Failover of(Balancer balancer) {
    return builder(balancer).build();
  }

  /** Begins one with other settings. */
  public static FailoverBuilder builder(Balancer balancer) {
    return new FailoverBuilder(balancer);
  }

  /**
   * A failover that makes each call by the one that is present when the call begins. For who
   * replaces failovers while others hold them, as when settings change.
   *
   * @param present asked for each call and for each question; must not block, or return null
   */
  public static Failover ofPresent(Supplier<Failover> present) {
    requireNonNull(present, "present");
    return new Failover(() -> present.get().rules());
  }

  /**
   * Makes a call and waits for it.
   *
   * @param context what is known of the call: its affinity, and as {@link CallContext} says whether
   *     it may be repeated, and how long it may take
   * @return the operation's result. If all attempts have failed, and the last one with a result, it
   *     is that one
   * @throws FailoverException if it has failed for good
   * @throws RuntimeException as thrown by the operation, if {@link Outcomes} take it for nothing
   *     that an endpoint could do differently
   */
  public <T extends @Nullable Object> T call(RequestContext context, Operation<T> operation) {
    requireNonNull(operation, "operation");
    Run run = rules().begin(context);
    return run.isHedged()
        ? awaited(
            run,
            (lease, limit) -> new Interruptible<>(operation, lease.endpoint(), run.outcomes()),
            false)
        : SyncCall.make(run, (lease, limit) -> operation.on(lease.endpoint()), false);
  }

  /** Whose endpoints are called. */
  public Balancer balancer() {
    return rules().balancer;
  }

  /** How long a call may take in all. */
  public Duration deadline() {
    return Duration.ofNanos(rules().deadlineNanos);
  }

  /** How many attempts beyond the first of their calls there could be now. */
  public double retriesLeft() {
    Rules now = rules();
    return now.budget.available(now.ticker.read());
  }

  /**
   * Makes a call whose request goes on after its result is there. For adapters.
   *
   * @return the result of the attempt whose lease is still open: whoever has the result ends it
   * @throws FailoverException as {@link #call} does
   * @throws RuntimeException as {@link #call} does
   */
  public <T extends @Nullable Object> T callLeased(
      RequestContext context, LeasedOperation<T> operation) {
    requireNonNull(operation, "operation");
    return SyncCall.make(rules().begin(context), operation, true);
  }

  /**
   * The same for adapters that know more of each attempt than its result or exception shows.
   *
   * @param outcomes of this call, in place of the Failover's own. They are asked on the caller's
   *     thread, as the first thing after an attempt, and about attempts that took too long as well:
   *     of those they are given a {@link java.util.concurrent.TimeoutException}
   */
  public <T extends @Nullable Object> T callLeased(
      RequestContext context, Outcomes outcomes, LeasedOperation<T> operation) {
    requireNonNull(outcomes, "outcomes");
    requireNonNull(operation, "operation");
    return SyncCall.make(rules().begin(context, outcomes), operation, true);
  }

  /**
   * Makes a call without waiting for it. To cancel the result cancels the attempts under way.
   *
   * @param context as for {@link #call}; it must be safe to be read by the threads that attempts
   *     end on
   * @return completes with the operation's result, or exceptionally as {@link #call} throws, but
   *     with a checked exception as it is
   */
  public <T extends @Nullable Object> CompletableFuture<T> callAsync(
      RequestContext context, AsyncOperation<T> operation) {
    requireNonNull(operation, "operation");
    return begun(rules().begin(context), (lease, limit) -> operation.on(lease.endpoint()), false);
  }

  /**
   * Makes a call whose request goes on after its result is there, without waiting for it. For
   * adapters. To cancel the result cancels the attempts under way.
   *
   * @param context as for {@link #call}; it must be safe to be read by the threads that attempts
   *     end on
   * @param outcomes of this call, in place of the Failover's own; asked by those threads, and about
   *     attempts that took too long as well: of those they are given a {@link
   *     java.util.concurrent.TimeoutException}
   * @return completes with the result of the attempt whose lease is still open, which whoever has
   *     the result ends, or exceptionally as that of {@link #callAsync}
   */
  public <T extends @Nullable Object> CompletableFuture<T> callLeasedAsync(
      RequestContext context, Outcomes outcomes, AsyncLeasedOperation<T> operation) {
    requireNonNull(outcomes, "outcomes");
    requireNonNull(operation, "operation");
    return begun(rules().begin(context, outcomes), operation, true);
  }

  private <T extends @Nullable Object> CompletableFuture<T> begun(
      Run run, AsyncLeasedOperation<T> operation, boolean open) {
    return new AsyncCall<T>(
            run,
            (lease, limit, unwanted) ->
                new Opening.Opened<>(operation.on(lease, limit), run.outcomes()),
            open)
        .start();
  }

  /** Whether a call is made elsewhere as well if it has no answer for a while. */
  public boolean isHedged(RequestContext context) {
    return rules().isHedged(context);
  }

  /**
   * Makes a call that may be hedged, and whose request goes on after its result is there, and waits
   * for that result. For adapters whose attempts can be cancelled by another thread.
   *
   * @return the result of the attempt whose lease is still open: whoever has the result ends it
   * @throws FailoverException as {@link #call} does
   * @throws RuntimeException as {@link #call} does
   */
  public <T extends @Nullable Object> T callHedged(
      RequestContext context, LeasedAttempts<T> attempts) {
    requireNonNull(attempts, "attempts");
    return awaited(rules().begin(context), attempts, true);
  }

  /** Two attempts at once need two threads beside the caller's. */
  private <T extends @Nullable Object> T awaited(
      Run run, LeasedAttempts<T> attempts, boolean open) {
    CompletableFuture<T> result =
        new AsyncCall<T>(
                run,
                (lease, limit, unwanted) -> {
                  LeasedAttempt<T> attempt = attempts.attempt(lease, limit);
                  Running<T> running = new Running<>(attempt, unwanted);
                  run.rules().executor.execute(running);
                  return new Opening.Opened<>(running, attempt.outcomes(), running::late);
                },
                open)
            .start();
    try {
      return result.get();
    } catch (InterruptedException e) {
      if (!result.cancel(true) && !result.isCompletedExceptionally()) {
        // It was there just then.
        Thread.currentThread().interrupt();
        return result.join();
      }
      throw SyncCall.rethrown(run, e);
    } catch (ExecutionException e) {
      throw SyncCall.rethrown(run, requireNonNull(e.getCause()));
    }
  }

  /** Whether a call may be repeated even if it was processed. For adapters. */
  public boolean isIdempotent(RequestContext context) {
    return rules().isIdempotent(context);
  }

  /** Those of a call that begins now. */
  Rules rules() {
    return rules.get();
  }

  /** How a call is made, from the outermost to the innermost. */
  @Override
  public String toString() {
    return rules().toString();
  }
}
