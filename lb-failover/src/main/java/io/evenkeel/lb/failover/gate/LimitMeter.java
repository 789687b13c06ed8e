package io.evenkeel.lb.failover.gate;

import io.evenkeel.lb.Outcome;

/**
 * The limit of one endpoint, which follows what is seen of its requests. Called by any number of
 * threads at once, on the request path: must not block, lock or allocate. Samples may be dropped
 * when there are many at once.
 */
public interface LimitMeter {
  /** How many requests may be in flight, at least 1. */
  int limit();

  /**
   * Learns from a request that has ended.
   *
   * @param outcome how it ended; {@link Outcome#CANCELLED} says nothing
   * @param latencyNanos from begin to end, at least 0
   * @param inFlight how many requests were in flight when it ended, itself included
   */
  void record(Outcome outcome, long latencyNanos, int inFlight);
}
