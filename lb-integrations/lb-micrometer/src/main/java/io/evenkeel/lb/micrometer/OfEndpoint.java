package io.evenkeel.lb.micrometer;

import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.Node;
import io.evenkeel.lb.Outcome;
import io.micrometer.core.instrument.Timer;
import java.util.List;
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

  /** Looked for each time, since a balancer may be one behind which others take turns. */
  private double inFlight(Balancer balancer) {
    List<Node> nodes = balancer.nodes();
    int low = 0;
    int high = nodes.size() - 1;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      int order = nodes.get(middle).endpoint().id().compareTo(id);
      if (order == 0) {
        return nodes.get(middle).inFlight();
      }
      low = order < 0 ? middle + 1 : low;
      high = order < 0 ? high : middle - 1;
    }
    return Double.NaN;
  }

  void close() {
    meters.close();
  }

  @Override
  public String toString() {
    return id;
  }
}
