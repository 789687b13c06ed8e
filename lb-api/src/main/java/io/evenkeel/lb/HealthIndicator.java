package io.evenkeel.lb;

/**
 * The judgement on one endpoint in one balancer, made by a {@link HealthMonitor}.
 *
 * <p>{@link #health}, {@link #isWithdrawn} and {@link #close} are called off the request path.
 * {@link #admit} and {@link #record} are called by any number of threads at once, on the request
 * path: they must not block, lock or allocate. If a method throws, the balancer reports that and
 * treats the endpoint as fit.
 */
public interface HealthIndicator extends AutoCloseable {
  /**
   * How fit the endpoint is, from 0 (not to be used) to 1 (fully). In between it scales the weight.
   */
  double health();

  /**
   * Whether the endpoint is out of service on purpose. Then it gets no requests even in panic, and
   * is not reckoned with as capacity.
   */
  default boolean isWithdrawn() {
    return false;
  }

  /**
   * Whether a request may begin now. True is followed by exactly one {@link #record}; false means
   * that the balancer passes the endpoint over for this request. This is where limits and trial
   * permits are taken. If another policy of the balancer refuses the request after this one has
   * admitted it, it is recorded at once as {@link Outcome#CANCELLED}, with a latency of 0.
   *
   * <p>The node counts the request before it asks: {@link Node#inFlight} includes it.
   *
   * @param nowNanos when it begins; the end is recorded so much later as the latency says, by which
   *     the request can be known again
   */
  default boolean admit(long nowNanos) {
    return true;
  }

  /**
   * Learns from a request that has ended; once for each that was admitted. After {@link #close} of
   * this indicator the next one of the endpoint may be told instead, see {@link
   * HealthMonitor#watch}.
   *
   * @param outcome how it ended; {@link Outcome#CANCELLED} says nothing of the endpoint
   * @param latencyNanos from begin to end, at least 0
   * @param nowNanos the time of the end
   */
  void record(Outcome outcome, long latencyNanos, long nowNanos);

  /**
   * The endpoint asked to be spared for a while, as by {@code Retry-After}.
   *
   * @param nanos for how long, at least 0; already clamped by the node
   */
  default void pushback(long nanos) {}

  /**
   * The endpoint has left the balancer, or the balancer was closed. Requests that are still in
   * flight are recorded afterwards; {@link #health} is not asked again.
   */
  @Override
  default void close() {}
}
