package io.evenkeel.lb;

/**
 * How the endpoints of a balancer are judged. Immutable and thread-safe; one policy may serve many
 * balancers, and one balancer may have {@linkplain BalancerBuilder#health several}.
 */
@FunctionalInterface
public interface HealthPolicy {
  /**
   * Makes what judges the endpoints of one balancer. Called once, when the balancer is built, which
   * fails if this throws.
   */
  HealthMonitor newMonitor(HealthContext context);
}
