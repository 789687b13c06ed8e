package io.evenkeel.lb.failover;

import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.failover.FailoverException.Reason;
import io.github.resilience4j.ratelimiter.RateLimiter;
import io.github.resilience4j.ratelimiter.internal.AtomicRateLimiter;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** What may turn a call away before anything is tried. */
final class Admission {
  private final @Nullable ClientThrottle throttle;
  private final @Nullable RateLimiter rateLimiter;
  private final RandomGenerator random;

  Admission(FailoverBuilder settings) {
    this.throttle = settings.throttle;
    this.rateLimiter = settings.rateLimiter;
    this.random = settings.random;
  }

  /**
   * Asks for admission.
   *
   * @return how long to wait before the first attempt
   * @throws FailoverException if the call is turned away
   */
  long pauseNanos(Run run, long nowNanos) {
    if (throttle == null) {
      return permitted(run, nowNanos);
    }
    boolean admits = throttle.admits(nowNanos, random);
    // No server has seen what the rate limiter refuses, so it says nothing of them.
    long nanos = admits ? permitted(run, nowNanos) : 0;
    throttle.called(nowNanos);
    if (!admits) {
      throw run.exception(Reason.THROTTLED, null);
    }
    return nanos;
  }

  private long permitted(Run run, long nowNanos) {
    if (rateLimiter == null) {
      return 0;
    }
    long left = run.leftNanos(nowNanos);
    // What is reserved cannot be given back, so the wait is looked at first.
    if (rateLimiter instanceof AtomicRateLimiter atomic
        && atomic.getDetailedMetrics().getNanosToWait() >= left) {
      throw run.exception(Reason.RATE_LIMIT, null);
    }
    long nanos = rateLimiter.reservePermission();
    if (nanos < 0 || nanos >= left) {
      throw run.exception(Reason.RATE_LIMIT, null);
    }
    return nanos;
  }

  /** An attempt has ended. */
  void ended(Outcome outcome, long nowNanos) {
    if (throttle != null && isAccepted(outcome)) {
      throttle.accepted(nowNanos);
    }
  }

  private static boolean isAccepted(Outcome outcome) {
    return outcome == Outcome.SUCCESS || outcome == Outcome.FAILURE || outcome == Outcome.CANCELLED;
  }

  boolean isThrottled() {
    return throttle != null;
  }

  @Override
  public String toString() {
    return (throttle == null ? "" : "throttle " + throttle + " -> ")
        + (rateLimiter == null ? "" : "rate limit " + rateLimiter.getName() + " -> ");
  }
}
