package io.evenkeel.lb.spring.actuator;

import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.HealthPolicy;
import io.evenkeel.lb.failover.gate.AdaptiveLimits;
import io.evenkeel.lb.failover.gate.Breakers;
import io.evenkeel.lb.failover.gate.Bulkheads;
import io.github.resilience4j.bulkhead.Bulkhead;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * What stands before an endpoint beside health. What is not there is null.
 *
 * @param breaker the state of its circuit breaker in Resilience4j's words, such as {@code
 *     half_open}
 * @param breakerFailurePercent of the requests that the breaker looks at; null while they are too
 *     few
 * @param limit how many requests may be in flight, by the strictest of adaptive limit and bulkhead
 */
record GateView(
    @Nullable String breaker, @Nullable Double breakerFailurePercent, @Nullable Integer limit) {
  static final GateView NONE = new GateView(null, null, null);

  /** Of all endpoints of a balancer, by their ids. */
  static Map<String, GateView> of(Balancer balancer) {
    Map<String, GateView> gates = new HashMap<>();
    BiConsumer<String, GateView> found = (id, gate) -> gates.merge(id, gate, GateView::and);
    balancer.policies().forEach(policy -> look(policy, balancer.name(), found));
    return gates;
  }

  private static void look(
      HealthPolicy policy, String balancer, BiConsumer<String, GateView> found) {
    if (policy instanceof Breakers breakers) {
      for (CircuitBreaker each : breakers.registry().getAllCircuitBreakers()) {
        tell(each.getName(), of(each), balancer, found);
      }
    } else if (policy instanceof Bulkheads bulkheads) {
      for (Bulkhead each : bulkheads.registry().getAllBulkheads()) {
        tell(
            each.getName(),
            new GateView(null, null, each.getBulkheadConfig().getMaxConcurrentCalls()),
            balancer,
            found);
      }
    } else if (policy instanceof AdaptiveLimits limits) {
      limits.limits().stream()
          .filter(each -> each.balancer().equals(balancer))
          .forEach(
              each -> found.accept(each.endpoint().id(), new GateView(null, null, each.limit())));
    }
  }

  /** Registries of Resilience4j have names of balancers and endpoints, and may have others. */
  private static void tell(
      String name, GateView gate, String balancer, BiConsumer<String, GateView> found) {
    String prefix = balancer + "/";
    if (name.startsWith(prefix)) {
      found.accept(name.substring(prefix.length()), gate);
    }
  }

  private static GateView of(CircuitBreaker breaker) {
    double rate = breaker.getMetrics().getFailureRate();
    return new GateView(
        breaker.getState().name().toLowerCase(Locale.ROOT),
        rate < 0 ? null : Rounded.of(rate),
        null);
  }

  private GateView and(GateView other) {
    GateView withBreaker = breaker != null ? this : other;
    return new GateView(
        withBreaker.breaker, withBreaker.breakerFailurePercent, least(limit, other.limit));
  }

  private static @Nullable Integer least(@Nullable Integer one, @Nullable Integer other) {
    return one == null ? other : other == null ? one : Integer.valueOf(Math.min(one, other));
  }

  /** What there is to say of its breaker; nothing while it is closed. */
  String why() {
    if (breaker == null || breaker.equals("closed")) {
      return "";
    }
    String state = "its breaker is " + breaker.replace('_', ' ');
    return breakerFailurePercent == null
        ? state
        : state + ": " + breakerFailurePercent + " % of its requests failed";
  }
}
