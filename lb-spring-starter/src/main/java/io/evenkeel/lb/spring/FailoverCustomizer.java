package io.evenkeel.lb.spring;

import io.evenkeel.lb.failover.FailoverBuilder;

/**
 * A bean that sets of failovers what properties cannot say, after all that they say. Several are
 * called by their order.
 */
@FunctionalInterface
public interface FailoverCustomizer {
  /**
   * Sets something. Called for each failover that is made: once for each service while the
   * application starts, and again when {@linkplain LoadBalancers#refresh settings have changed}.
   *
   * @param service its name
   * @param failover what is set here takes the place of what was set before, but listeners add up
   */
  void customize(String service, FailoverBuilder failover);
}
