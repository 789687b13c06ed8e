package io.evenkeel.lb.failover;

import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.Node;
import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.RequestContext;
import io.evenkeel.lb.failover.FailoverException.Reason;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One call: what the balancer may know of it, what was tried, and whether to try again. The same
 * for calls that wait and those that do not. Not thread-safe.
 */
final class Run extends Watched implements RequestContext, FailoverCall {
  /** What {@link #failed} returns when there is to be no other attempt. */
  static final long GIVE_UP = -1;

  private final Rules rules;
  private final RequestContext caller;
  private final Outcomes outcomes;
  private final boolean idempotent;
  private final long begunNanos;
  private final long deadlineNanos;

  private int begun;
  private boolean repeated;
  private @Nullable Endpoint first;
  private @Nullable List<Endpoint> others;
  private @Nullable List<Attempt> failures;
  private Reason reason = Reason.OPERATION;

  Run(Rules rules, RequestContext caller, Outcomes outcomes, long nowNanos) {
    this.rules = rules;
    this.caller = caller;
    this.outcomes = outcomes;
    this.idempotent = rules.isIdempotent(caller);
    this.begunNanos = nowNanos;
    this.deadlineNanos = nowNanos + CallContext.limitNanos(caller, rules.deadlineNanos);
  }

  /** By what it is made. */
  Rules rules() {
    return rules;
  }

  /** When it began. */
  long begunNanos() {
    return begunNanos;
  }

  @Override
  public String balancer() {
    return rules.balancer.name();
  }

  @Override
  public RequestContext context() {
    return caller;
  }

  @Override
  public int attempts() {
    return begun;
  }

  /** How the ends of its attempts are judged. */
  Outcomes outcomes() {
    return outcomes;
  }

  boolean isHedged() {
    return rules.hedges != null && idempotent;
  }

  boolean isIdempotent() {
    return idempotent;
  }

  long leftNanos(long nowNanos) {
    return deadlineNanos - nowNanos;
  }

  /** How many attempts have begun. */
  int begun() {
    return begun;
  }

  /** An attempt begins. */
  void begin(Endpoint endpoint) {
    begun++;
    if (first == null) {
      first = endpoint;
      return;
    }
    List<Endpoint> more = others;
    if (more == null) {
      more = new ArrayList<>(2);
      others = more;
    }
    more.add(endpoint);
  }

  /** Whether the attempt that has just ended may be made again as if it had not been: once. */
  boolean repeats() {
    if (repeated) {
      return false;
    }
    repeated = true;
    begun--;
    return true;
  }

  /** Notes an attempt that failed. */
  void note(Endpoint endpoint, Outcome outcome, long nanos, @Nullable Throwable thrown) {
    List<Attempt> noted = failures;
    if (noted == null) {
      noted = new ArrayList<>(3);
      failures = noted;
    }
    noted.add(new Attempt(endpoint, outcome, nanos, thrown));
  }

  /**
   * The last attempt under way has failed. If there is to be another, it is taken from the budget.
   *
   * @param outcomes that have judged it
   * @return after which pause to try again, or {@link #GIVE_UP}
   */
  long failed(
      Outcomes outcomes,
      Outcome outcome,
      @Nullable Object result,
      @Nullable Throwable thrown,
      long nowNanos) {
    if (begun >= rules.retries.mostAttempts()) {
      return giveUp(Reason.ATTEMPTS);
    }
    long wish = rules.guarded.pushback(outcomes, result, thrown);
    boolean repeatable = idempotent || outcome.isUnprocessed();
    if (!repeatable || wish == Outcomes.NEVER || !rules.guarded.covers(thrown)) {
      return giveUp(Reason.NOT_REPEATABLE);
    }
    // Where it is of no interest nobody looks for it.
    boolean elsewhere = (outcome.isUnprocessed() || wish > 0) && isElsewhere();
    long pause =
        outcome.isUnprocessed() && elsewhere ? 0 : rules.guarded.pauseNanos(begun, result, thrown);
    // An endpoint that asks to be spared does not speak for the others.
    pause = elsewhere ? pause : Math.max(pause, wish);
    if (pause >= leftNanos(nowNanos)) {
      return giveUp(Reason.DEADLINE);
    }
    return rules.guarded.take(rules.budget, nowNanos) ? pause : giveUp(Reason.BUDGET);
  }

  /** Whether this call was not sent to an endpoint that is in use. */
  boolean isElsewhere() {
    List<Node> nodes = rules.balancer.nodes();
    for (int i = 0; i < nodes.size(); i++) {
      Node node = nodes.get(i);
      if (node.weight() > 0 && !wasSentTo(node.endpoint())) {
        return true;
      }
    }
    return false;
  }

  private long giveUp(Reason why) {
    reason = why;
    return GIVE_UP;
  }

  /** What the call has failed with, after {@link #failed} gave up. */
  FailoverException exception(@Nullable Throwable cause) {
    return exception(reason, cause);
  }

  FailoverException exception(Reason why, @Nullable Throwable cause) {
    List<Attempt> made = failures;
    return new FailoverException(
        rules.balancer.name(), why, made == null ? List.of() : List.copyOf(made), cause);
  }

  @Override
  public boolean tried(Endpoint endpoint) {
    return wasSentTo(endpoint) || caller.tried(endpoint);
  }

  private boolean wasSentTo(Endpoint endpoint) {
    Endpoint one = first;
    if (one == null) {
      return false;
    }
    if (one.id().equals(endpoint.id())) {
      return true;
    }
    List<Endpoint> more = others;
    if (more != null) {
      for (int i = 0; i < more.size(); i++) {
        if (more.get(i).id().equals(endpoint.id())) {
          return true;
        }
      }
    }
    return false;
  }

  @Override
  public long affinity() {
    return caller.affinity();
  }

  @Override
  public <T> @Nullable T get(Key<T> key) {
    return caller.get(key);
  }
}
