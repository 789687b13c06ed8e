package io.evenkeel.lb;

/** How endpoints are judged. Immutable and thread-safe; one policy may serve many balancers. */
@FunctionalInterface
public interface HealthPolicy {
  /**
   * Begins to judge an endpoint. Called off the request path, once for each time that the endpoint
   * joins a balancer, and again, after the old indicator was closed, when its address changes.
   * Requests that the old indicator admitted may then be recorded with the new one.
   *
   * @param endpoint what to judge
   * @param onChange to be run whenever {@link HealthIndicator#health()} has changed; cheap, and
   *     safe to run from any thread
   */
  HealthIndicator watch(Endpoint endpoint, Runnable onChange);
}
