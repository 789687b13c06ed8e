package io.evenkeel.lb.spring;

import io.evenkeel.lb.failover.FailoverBuilder;

/**
 * A bean that sets of failovers what properties cannot say, after all that they say. Several are
 * called by their order.
 */
@FunctionalInterface
public interface FailoverCustomizer {
  /**
   * Sets something. Called once for each service, while the application starts.
   *
   * @param service its name
   * @param failover what is set here takes the place of what was set before, but listeners add up
   */
  void customize(String service, FailoverBuilder failover);
}
