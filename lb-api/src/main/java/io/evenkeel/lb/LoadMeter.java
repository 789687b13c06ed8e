package io.evenkeel.lb;

/**
 * Measures the load of one node.
 *
 * <p>All methods are called by any number of threads at once, on the request path: they must not
 * block, lock or allocate. If one throws, the balancer reports that and takes the requests in
 * flight for the load.
 */
public interface LoadMeter {
  /**
   * The load that one more request would meet: at least 0, and comparable with the other meters of
   * the same metric. Strategies divide it by the node's weight.
   *
   * @param inFlight requests that have begun on the node and not ended
   * @param recentNanos the time of the balancer's latest begin or end, at most 2 ms behind: a clock
   *     would cost more than the rest of a choice
   */
  double load(int inFlight, long recentNanos);

  /**
   * What the node teaches about nodes like it: the load that it would have if it were idle and in
   * good shape; 0 if that is not known. New nodes start from the median of this. Called off the
   * request path.
   */
  default double baseline() {
    return 0;
  }

  /**
   * The endpoint is fit again, after a time when it was not and got no requests. What was measured
   * of it says little now, and by it the node might never be chosen and measured again; so the
   * meter should begin anew, as that of a new node does. Called off the request path.
   *
   * @param typicalLoad as for {@link LoadMetric#newMeter}
   * @param nowNanos the time
   */
  default void renew(double typicalLoad, long nowNanos) {}

  /**
   * Learns from a request that has ended. A failure must never make a node look fast.
   *
   * @param outcome how it ended; {@link Outcome#CANCELLED} says nothing of the node
   * @param latencyNanos from begin to end, at least 0
   * @param nowNanos the time of the end
   */
  void record(Outcome outcome, long latencyNanos, long nowNanos);

  /**
   * The endpoint asked to be spared for a while, as by {@code Retry-After}.
   *
   * @param nanos for how long, at least 0; already clamped by the node
   * @param nowNanos the time of the wish
   */
  default void pushback(long nanos, long nowNanos) {}

  /**
   * The endpoint has said how loaded it is.
   *
   * @param inFlight requests that have begun on the node and not ended: those of the report that
   *     are this balancer's own
   * @param nowNanos the time of the report
   */
  default void report(LoadReport report, int inFlight, long nowNanos) {}
}
