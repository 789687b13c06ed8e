package io.evenkeel.lb.failover.gate;

import static java.util.Objects.requireNonNull;

import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.HealthContext;
import io.evenkeel.lb.HealthIndicator;
import io.evenkeel.lb.HealthMonitor;
import io.evenkeel.lb.HealthPolicy;
import io.evenkeel.lb.Node;
import io.evenkeel.lb.Outcome;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A limit on the requests in flight at each endpoint that finds itself: as many as the endpoint
 * answers without a queue that grows. An endpoint at its limit is passed over. When all are at
 * theirs, requests fail at once instead of waiting in queues for answers that come too late, so an
 * overload costs what is too much, not everything.
 *
 * <p>The limit is strict: no request begins beyond it. Each balancer sees only its own requests, so
 * the limits of all clients together are what an endpoint gets.
 *
 * <p>Immutable and thread-safe; one policy may serve many balancers.
 */
public final class AdaptiveLimits implements HealthPolicy {
  private final ConcurrencyLimit limit;
  private final Set<Gate> gates = ConcurrentHashMap.newKeySet();

  private AdaptiveLimits(ConcurrencyLimit limit) {
    this.limit = limit;
  }

  /** Limits by {@link Gradient2}. */
  public static AdaptiveLimits ofDefaults() {
    return of(Gradient2.of());
  }

  /** Limits that are found like this. */
  public static AdaptiveLimits of(ConcurrencyLimit limit) {
    return new AdaptiveLimits(requireNonNull(limit, "limit"));
  }

  @Override
  public HealthMonitor newMonitor(HealthContext context) {
    return node -> {
      Gate gate = new Gate(context.balancer(), node, limit.newMeter(context.random()));
      gates.add(gate);
      return gate;
    };
  }

  /** The limits as they are now, by balancer and the id of the endpoint. */
  public List<EndpointLimit> limits() {
    return gates.stream()
        .map(Gate::shown)
        .sorted(
            Comparator.comparing(EndpointLimit::balancer)
                .thenComparing(shown -> shown.endpoint().id()))
        .toList();
  }

  @Override
  public String toString() {
    return "AdaptiveLimits[" + limit + "]";
  }

  /**
   * The limit of an endpoint.
   *
   * @param balancer whose endpoint it is
   * @param endpoint which one
   * @param limit how many requests may be in flight
   * @param inFlight how many are
   */
  public record EndpointLimit(String balancer, Endpoint endpoint, int limit, int inFlight) {}

  /** Has no count of its own: the node counts a request before it asks whether it may begin. */
  private final class Gate implements HealthIndicator {
    private final String balancer;
    private final Node node;
    private final LimitMeter meter;

    Gate(String balancer, Node node, LimitMeter meter) {
      this.balancer = balancer;
      this.node = node;
      this.meter = meter;
    }

    EndpointLimit shown() {
      return new EndpointLimit(balancer, node.endpoint(), meter.limit(), node.inFlight());
    }

    @Override
    public double health() {
      return 1;
    }

    @Override
    public boolean admit(long nowNanos) {
      return node.inFlight() <= meter.limit();
    }

    @Override
    public void record(Outcome outcome, long latencyNanos, long nowNanos) {
      // The node has counted the request down.
      meter.record(outcome, latencyNanos, node.inFlight() + 1);
    }

    @Override
    public void close() {
      gates.remove(this);
    }

    @Override
    public String toString() {
      return node.endpoint() + ": " + meter;
    }
  }
}
