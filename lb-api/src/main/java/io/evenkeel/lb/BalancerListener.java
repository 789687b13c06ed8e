package io.evenkeel.lb;

/**
 * Watches a balancer. Methods are called by any number of threads at once. A listener that throws
 * harms nothing: the balancer reports it and goes on.
 */
public interface BalancerListener {
  /**
   * A request has ended. On the request path: must not block, and takes plain arguments so that
   * nothing is allocated for it.
   *
   * @param balancer the name of the balancer
   * @param endpoint where the request went
   * @param outcome how it ended
   * @param latencyNanos from begin to end, at least 0
   */
  default void onEnd(String balancer, Endpoint endpoint, Outcome outcome, long latencyNanos) {}

  /**
   * Something rare happened. It may be told on the thread of a request whose choice or end brought
   * it to light, so this must not block.
   */
  default void onEvent(BalancerEvent event) {}
}
