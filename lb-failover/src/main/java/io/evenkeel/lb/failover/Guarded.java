package io.evenkeel.lb.failover;

import static java.lang.System.Logger.Level.WARNING;
import static java.util.Objects.requireNonNull;

import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.Outcome;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * What a user has plugged in. Whatever it throws, errors included, is logged once for each
 * component and keeps no call from its end and no lease open.
 */
final class Guarded {
  private static final System.Logger LOG = System.getLogger("io.evenkeel.lb.failover");

  private static final Retries DEFAULTS = new Retries(Retries.defaults());

  private final String balancer;
  private final Outcomes outcomes;
  private final Retries retries;
  private final FailoverListener[] listeners;
  private final Set<String> logged = ConcurrentHashMap.newKeySet();

  Guarded(String balancer, Outcomes outcomes, Retries retries, List<FailoverListener> listeners) {
    this.balancer = balancer;
    this.outcomes = outcomes;
    this.retries = retries;
    this.listeners = listeners.toArray(new FailoverListener[0]);
  }

  Outcomes outcomes() {
    return outcomes;
  }

  boolean isListening() {
    return listeners.length > 0;
  }

  Outcome judge(Outcomes outcomes, @Nullable Object result) {
    try {
      return retries.judge(result, requireNonNull(outcomes.ofResult(result), "outcome"));
    } catch (Throwable e) {
      failed("outcomes", e);
      return Outcome.SUCCESS;
    }
  }

  /**
   * @param outcomes of the call; an adapter's own may know what a timeout has interrupted
   */
  Outcome judge(Outcomes outcomes, Throwable thrown) {
    if (outcomes == this.outcomes && thrown instanceof AttemptTimeout) {
      return Outcome.TIMEOUT;
    }
    try {
      return requireNonNull(outcomes.of(thrown), "outcome");
    } catch (Throwable e) {
      failed("outcomes", e);
      return Outcomes.ofDefaults().of(thrown);
    }
  }

  long pushback(Outcomes outcomes, @Nullable Object result, @Nullable Throwable thrown) {
    try {
      return outcomes.pushbackNanos(result, thrown);
    } catch (Throwable e) {
      failed("outcomes", e);
      return Outcomes.NO_WISH;
    }
  }

  /** Whether what was thrown may be repeated; not if the predicate breaks. */
  boolean covers(@Nullable Throwable thrown) {
    try {
      return retries.covers(thrown);
    } catch (Throwable e) {
      failed("exception predicate", e);
      return false;
    }
  }

  /** The pause after that many attempts; one of the defaults if the function breaks. */
  long pauseNanos(int made, @Nullable Object result, @Nullable Throwable thrown) {
    try {
      return retries.pauseNanos(made, result, thrown);
    } catch (Throwable e) {
      failed("interval function", e);
      return DEFAULTS.pauseNanos(made, result, thrown);
    }
  }

  void ended(RetryBudget budget, Outcome outcome, int number, long nowNanos) {
    try {
      budget.ended(outcome, number, nowNanos);
    } catch (Throwable e) {
      failed("retry budget", e);
    }
  }

  /** Whether the budget has one; not if it breaks. */
  boolean take(RetryBudget budget, long nowNanos) {
    try {
      return budget.take(nowNanos);
    } catch (Throwable e) {
      failed("retry budget", e);
      return false;
    }
  }

  void discard(int made, @Nullable Object result) {
    try {
      retries.discard(made, result);
    } catch (Throwable e) {
      failed("result that was given up", e);
    }
  }

  /** Cancels what a scheduler, or an operation, has begun. */
  void cancel(Runnable begun) {
    try {
      begun.run();
    } catch (Throwable e) {
      failed("what was to be cancelled", e);
    }
  }

  void attempt(
      FailoverCall call,
      Endpoint endpoint,
      Outcome outcome,
      long nanos,
      int number,
      boolean hedge) {
    for (FailoverListener listener : listeners) {
      try {
        listener.onAttempt(call, endpoint, outcome, nanos, number, hedge);
      } catch (Throwable e) {
        failed("listener", e);
      }
    }
  }

  void call(FailoverCall call, FailoverException.@Nullable Reason failed, long nanos) {
    for (FailoverListener listener : listeners) {
      try {
        listener.onCall(call, failed, nanos);
      } catch (Throwable e) {
        failed("listener", e);
      }
    }
  }

  private void failed(String component, Throwable thrown) {
    if (logged.add(component)) {
      LOG.log(WARNING, balancer + ": " + component + " of a failover threw", thrown);
    }
  }

  @Override
  public String toString() {
    return outcomes.toString();
  }
}
