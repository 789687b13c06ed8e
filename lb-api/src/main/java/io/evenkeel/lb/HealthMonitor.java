package io.evenkeel.lb;

/**
 * What judges the endpoints of one balancer, each by itself or beside the others. Its methods are
 * called one at a time, off the request path. If one throws, the balancer reports that and goes on
 * as if the endpoint in question were fit.
 */
@FunctionalInterface
public interface HealthMonitor extends AutoCloseable {
  /**
   * Begins to judge an endpoint. Called each time that it joins the balancer, and again, after the
   * old indicator was closed, when its address changes. Requests that the old indicator admitted
   * may then be recorded with the new one.
   *
   * @param node which endpoint, and how many requests are in flight there; the facts of the
   *     endpoint may change later, its id does not
   */
  HealthIndicator watch(Node node);

  /**
   * Too little capacity is fit, so all endpoints are offered, fit or not; or that is over. An
   * indicator that turns requests away because its endpoint looks unfit should now admit them, or
   * they have nowhere to go.
   */
  default void panicChanged(boolean panic) {}

  /** The balancer was closed, and all indicators before this. */
  @Override
  default void close() {}
}
