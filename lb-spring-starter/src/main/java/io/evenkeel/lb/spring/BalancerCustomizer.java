package io.evenkeel.lb.spring;

import io.evenkeel.lb.BalancerBuilder;

/**
 * A bean that sets of balancers what properties cannot say, after all that they say. Several are
 * called by their order.
 *
 * <pre>{@code
 * BalancerCustomizer logged =
 *     (service, balancer) -> {
 *       if (service.equals("orders")) {
 *         balancer.strategy(RoundRobin.of());
 *       }
 *     };
 * }</pre>
 */
@FunctionalInterface
public interface BalancerCustomizer {
  /**
   * Sets something. Called once for each service, while the application starts.
   *
   * @param service its name
   * @param balancer what is set here takes the place of what was set before, but listeners add up
   */
  void customize(String service, BalancerBuilder balancer);
}
