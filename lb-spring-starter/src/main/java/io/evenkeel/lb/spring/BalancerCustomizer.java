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
   * Sets something. Called for each balancer that is made: once for each service while the
   * application starts, and again when {@linkplain LoadBalancers#refresh changed settings} need
   * another balancer. Listeners hear of both; the old one is closed when the other one has begun.
   * So health policies that keep what they have by its name, such as {@code Breakers} and {@code
   * Bulkheads}, are to be made anew here, and not shared.
   *
   * @param service its name
   * @param balancer what is set here takes the place of what was set before, but listeners add up
   */
  void customize(String service, BalancerBuilder balancer);
}
