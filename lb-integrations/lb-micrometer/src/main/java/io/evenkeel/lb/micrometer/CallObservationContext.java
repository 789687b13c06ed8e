package io.evenkeel.lb.micrometer;

import static java.util.Objects.requireNonNull;

import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.failover.FailoverException.Reason;
import io.micrometer.observation.Observation;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** What is known of a call that is observed. Thread-safe. */
public final class CallObservationContext extends Observation.Context {
  private final String balancer;
  private final AtomicInteger attempts = new AtomicInteger();
  private volatile boolean failing;
  private volatile boolean answered;
  private volatile boolean ended;
  private volatile boolean cancelled;
  private volatile @Nullable Reason reason;

  CallObservationContext(String balancer) {
    this.balancer = requireNonNull(balancer, "balancer");
  }

  /** The name of the balancer. */
  public String balancer() {
    return balancer;
  }

  /** How many attempts have ended so far; 0 if it was turned away. */
  public int attempts() {
    return attempts.get();
  }

  /** Whether it has ended. */
  public boolean hasEnded() {
    return ended;
  }

  /** Whether nobody waited for its result any more. */
  public boolean isCancelled() {
    return cancelled;
  }

  /** Whether it has failed: for good, or with a result that is a failure, such as a 503. */
  public boolean hasFailed() {
    return ended && ((failing && !answered) || reason != null);
  }

  /** Why it has failed for good. */
  public Optional<Reason> reason() {
    return Optional.ofNullable(reason);
  }

  /** Attempts side by side may be told in any order, so a success stays. */
  void attempted(Outcome outcome) {
    attempts.incrementAndGet();
    failing = outcome.isFailure();
    if (outcome == Outcome.SUCCESS) {
      answered = true;
    }
  }

  void cancelled() {
    cancelled = true;
  }

  void ended(@Nullable Reason why) {
    reason = why;
    ended = true;
  }
}
