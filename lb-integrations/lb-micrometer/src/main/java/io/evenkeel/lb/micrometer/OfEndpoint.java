package io.evenkeel.lb.micrometer;

import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.Node;
import io.evenkeel.lb.Outcome;
import io.micrometer.core.instrument.Timer;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The meters of one endpoint, or of all that have none of their own. Thread-safe. */
final class OfEndpoint {
  private final String id;
  private final Meters meters;

  /** Each comes with the first request that ends so. */
  private final Map<Outcome, Timer> timers = new ConcurrentHashMap<>();

  private volatile @Nullable Node node;

  OfEndpoint(Meters balancer, String id) {
    this.id = id;
    this.meters = balancer.with("endpoint", id);
  }

  void ended(Outcome outcome, long latencyNanos) {
    Timer timer = timers.get(outcome);
    if (timer == null) {
      timer = first(outcome);
    }
    if (timer != null) {
      timer.record(latencyNanos, TimeUnit.NANOSECONDS);
    }
  }

  private @Nullable Timer first(Outcome outcome) {
    String tag = outcome.name().toLowerCase(Locale.ROOT);
    Timer timer = meters.timer("lb.requests", "Requests that have ended", "outcome", tag);
    if (timer != null) {
      timers.put(outcome, timer);
    }
    return timer;
  }

  void show(Balancer balancer) {
    meters.gauge("lb.requests.active", "Requests in flight", balancer, this::inFlight);
  }

  /** A node stays the same while its endpoint is known. */
  private double inFlight(Balancer balancer) {
    Node known = node;
    if (known == null) {
      known =
          balancer.nodes().stream()
              .filter(each -> each.endpoint().id().equals(id))
              .findFirst()
              .orElse(null);
      node = known;
    }
    return known == null ? Double.NaN : known.inFlight();
  }

  void close() {
    meters.close();
  }

  @Override
  public String toString() {
    return id;
  }
}
