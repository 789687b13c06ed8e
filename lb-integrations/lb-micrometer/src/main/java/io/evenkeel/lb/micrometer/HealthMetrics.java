package io.evenkeel.lb.micrometer;

import static java.util.Objects.requireNonNull;

import io.evenkeel.lb.health.EndpointHealth;
import io.evenkeel.lb.health.HealthListener;
import io.evenkeel.lb.health.HealthRegistry;
import io.evenkeel.lb.health.HealthState;
import io.evenkeel.lb.health.HealthTransition;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Meters of the health of endpoints, by balancers and not by endpoints: of those there may be any
 * number.
 *
 * <pre>{@code
 * HealthMetrics metrics = HealthMetrics.of(registryOfMeters, healthRegistry);
 * }</pre>
 *
 * <table>
 *   <caption>Meters; all have the tag {@code balancer}</caption>
 *   <tr><th>name</th><th>kind</th><th>tags</th><th>what</th></tr>
 *   <tr><td>lb.health.endpoints</td><td>gauge</td><td>state</td>
 *       <td>endpoints that are in it</td></tr>
 *   <tr><td>lb.health.transitions</td><td>counter</td><td>to</td>
 *       <td>changes to a state: ejections are those to {@code ejected}</td></tr>
 * </table>
 *
 * <p>A balancer's meters come with its first endpoint and go with its last. Thread-safe.
 */
public final class HealthMetrics implements AutoCloseable {
  private final MeterRegistry registry;
  private final HealthRegistry health;
  private final HealthListener listener = this::changed;
  private final Map<String, Meters> balancers = new ConcurrentHashMap<>();

  private HealthMetrics(MeterRegistry registry, HealthRegistry health) {
    this.registry = requireNonNull(registry, "registry");
    this.health = requireNonNull(health, "health");
  }

  /** Shows the endpoints in a health registry. */
  public static HealthMetrics of(MeterRegistry registry, HealthRegistry health) {
    HealthMetrics metrics = new HealthMetrics(registry, health);
    health.listen(metrics.listener);
    for (EndpointHealth each : health.endpoints()) {
      metrics.of(each.balancer());
    }
    return metrics;
  }

  private void changed(HealthTransition transition) {
    String balancer = transition.balancer();
    HealthState to = transition.to();
    if (to != null) {
      Counter counter =
          of(balancer).counter("lb.health.transitions", "Changes to a state", "to", tag(to));
      if (counter != null) {
        counter.increment();
      }
    } else if (health.endpoints(balancer).isEmpty()) {
      close(balancer);
    }
  }

  private Meters of(String balancer) {
    return balancers.computeIfAbsent(balancer, this::newMeters);
  }

  private Meters newMeters(String balancer) {
    Meters meters = new Meters(registry, Tags.of("balancer", balancer));
    for (HealthState state : HealthState.values()) {
      meters.gauge(
          "lb.health.endpoints",
          "Endpoints by their state",
          health,
          all -> count(all, balancer, state),
          "state",
          tag(state));
    }
    return meters;
  }

  private static double count(HealthRegistry health, String balancer, HealthState state) {
    return health.endpoints(balancer).stream().filter(each -> each.state() == state).count();
  }

  private static String tag(HealthState state) {
    return state.name().toLowerCase(Locale.ROOT);
  }

  private void close(String balancer) {
    Meters gone = balancers.remove(balancer);
    if (gone != null) {
      gone.close();
    }
  }

  /** Takes the meters out of the registry. */
  @Override
  public void close() {
    health.ignore(listener);
    balancers.keySet().forEach(this::close);
  }

  @Override
  public String toString() {
    return "HealthMetrics" + balancers.keySet();
  }
}
