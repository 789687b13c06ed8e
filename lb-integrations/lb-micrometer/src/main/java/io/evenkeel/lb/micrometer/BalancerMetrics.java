package io.evenkeel.lb.micrometer;

import static java.util.Objects.requireNonNull;

import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.BalancerEvent;
import io.evenkeel.lb.BalancerListener;
import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.Outcome;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Meters of balancers. One may serve any number of them.
 *
 * <pre>{@code
 * BalancerMetrics metrics = BalancerMetrics.of(registryOfMeters);
 * Balancer shown = Balancer.builder("orders").source(polled).listener(metrics).build();
 * metrics.show(shown);
 * }</pre>
 *
 * <table>
 *   <caption>Meters; all have the tag {@code balancer}</caption>
 *   <tr><th>name</th><th>kind</th><th>tags</th><th>what</th></tr>
 *   <tr><td>lb.requests</td><td>timer</td><td>endpoint, outcome</td>
 *       <td>requests that have ended: one for each selection that was used</td></tr>
 *   <tr><td>lb.requests.active</td><td>gauge</td><td>endpoint</td>
 *       <td>requests in flight; of balancers that are {@linkplain #show shown}</td></tr>
 *   <tr><td>lb.endpoints</td><td>gauge</td><td></td><td>endpoints in the set</td></tr>
 *   <tr><td>lb.capacity</td><td>gauge</td><td></td>
 *       <td>the share of their weight that is fit, 0 to 1; of balancers that are shown</td></tr>
 *   <tr><td>lb.panic</td><td>gauge</td><td></td><td>1 in panic, else 0</td></tr>
 *   <tr><td>lb.events</td><td>counter</td><td>event</td>
 *       <td>what {@link BalancerEvent}s tell, such as {@code set.refused}</td></tr>
 * </table>
 *
 * <p>An endpoint's meters are there as long as the balancer knows it. Of each balancer only so many
 * endpoints have meters of their own; all others share those of the endpoint {@code other}, as do
 * requests that end after their endpoint has left; those that end after their balancer was closed
 * have none. Balancers are told by their names, which must differ. Thread-safe.
 */
public final class BalancerMetrics implements BalancerListener {
  private static final int ENDPOINTS = 200;

  private final MeterRegistry registry;
  private final int mostEndpoints;
  private final Map<String, OfBalancer> balancers = new ConcurrentHashMap<>();

  private BalancerMetrics(MeterRegistry registry, int mostEndpoints) {
    this.registry = requireNonNull(registry, "registry");
    this.mostEndpoints = mostEndpoints;
  }

  /** Meters of up to 200 endpoints of each balancer. */
  public static BalancerMetrics of(MeterRegistry registry) {
    return of(registry, ENDPOINTS);
  }

  /**
   * Meters of up to so many endpoints of each balancer.
   *
   * @param mostEndpoints 0 to 10 000
   * @throws IllegalArgumentException if it is not in its range
   */
  public static BalancerMetrics of(MeterRegistry registry, int mostEndpoints) {
    if (mostEndpoints < 0 || mostEndpoints > 10_000) {
      throw new IllegalArgumentException(
          "mostEndpoints: " + mostEndpoints + " (expected: 0..10000)");
    }
    return new BalancerMetrics(registry, mostEndpoints);
  }

  /**
   * Shows what only the balancer itself knows as well; until it is closed. One that was built
   * before these metrics were there has its meters from now on.
   */
  public void show(Balancer balancer) {
    of(balancer.name()).show(balancer);
  }

  @Override
  public void onEnd(String balancer, Endpoint endpoint, Outcome outcome, long latencyNanos) {
    OfBalancer meters = balancers.get(balancer);
    if (meters != null) {
      meters.ended(endpoint, outcome, latencyNanos);
    }
  }

  @Override
  public void onEvent(BalancerEvent event) {
    OfBalancer meters = isOfSource(event) ? of(event.balancer()) : balancers.get(event.balancer());
    if (meters == null) {
      return;
    }
    meters.happened(event);
    if (event instanceof BalancerEvent.Closed) {
      balancers.remove(event.balancer(), meters);
      meters.close();
    }
  }

  /** A balancer begins with one of these; what ends late must not bring back its meters. */
  private static boolean isOfSource(BalancerEvent event) {
    return event instanceof BalancerEvent.EndpointsChanged
        || event instanceof BalancerEvent.SetRefused
        || event instanceof BalancerEvent.EndpointsRefused
        || event instanceof BalancerEvent.SourceFailed;
  }

  private OfBalancer of(String balancer) {
    return balancers.computeIfAbsent(
        balancer, name -> new OfBalancer(registry, name, mostEndpoints));
  }

  @Override
  public String toString() {
    return "BalancerMetrics" + balancers.keySet();
  }
}
