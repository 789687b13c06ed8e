package io.evenkeel.lb.failover;

import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.Outcome;
import org.jspecify.annotations.Nullable;

/**
 * Watches a {@link Failover}. A call is {@code attempt* call}, in this order, where attempts that
 * were given up for another one that was quicker are told when they are given up. Methods are
 * called by any number of threads at once, on the request path: they must not block. If one throws,
 * that is logged once, and the call goes on.
 */
public interface FailoverListener {
  /**
   * An attempt has ended.
   *
   * @param latencyNanos how long it took
   * @param number 1 for the first of its call
   * @param hedge whether it was made while another was still under way
   */
  default void onAttempt(
      FailoverCall call,
      Endpoint endpoint,
      Outcome outcome,
      long latencyNanos,
      int number,
      boolean hedge) {}

  /**
   * A call has ended.
   *
   * @param failed why for good; null if it has a result, or an exception that says nothing of an
   *     endpoint, or was cancelled
   * @param nanos how long it took, with its pauses
   */
  default void onCall(FailoverCall call, FailoverException.@Nullable Reason failed, long nanos) {}
}
