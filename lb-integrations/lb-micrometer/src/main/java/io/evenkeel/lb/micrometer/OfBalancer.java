package io.evenkeel.lb.micrometer;

import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.BalancerEvent;
import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.EndpointSet;
import io.evenkeel.lb.Outcome;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** The meters of one balancer. Thread-safe; which endpoints have meters changes one at a time. */
final class OfBalancer {
  private static final String OTHER = "other";

  private final int mostEndpoints;
  private final Meters meters;
  private final Map<String, OfEndpoint> endpoints = new ConcurrentHashMap<>();
  private final OfEndpoint other;
  private volatile int size;
  private volatile int panic;
  private final ReentrantLock changing = new ReentrantLock();

  // Under the lock.
  private @Nullable Balancer shown;
  private boolean closed;

  OfBalancer(MeterRegistry registry, String name, int mostEndpoints) {
    this.mostEndpoints = mostEndpoints;
    this.meters = new Meters(registry, Tags.of("balancer", name));
    this.other = new OfEndpoint(meters, OTHER);
    meters.gauge("lb.endpoints", "Endpoints in the set", this, each -> each.size);
    meters.gauge("lb.panic", "Whether the unfit are offered, too", this, each -> each.panic);
  }

  void ended(Endpoint endpoint, Outcome outcome, long latencyNanos) {
    OfEndpoint known = endpoints.get(endpoint.id());
    (known != null ? known : other).ended(outcome, latencyNanos);
  }

  void happened(BalancerEvent event) {
    if (event instanceof BalancerEvent.EndpointsChanged change) {
      follow(change.after());
    } else if (event instanceof BalancerEvent.PanicChanged change) {
      panic = change.panic() ? 1 : 0;
    }
    Counter counter =
        meters.counter("lb.events", "What happened in a balancer", "event", word(event));
    if (counter != null) {
      counter.increment();
    }
  }

  /** The tag of an event. */
  private static String word(BalancerEvent event) {
    if (event instanceof BalancerEvent.EndpointsChanged) {
      return "endpoints.changed";
    } else if (event instanceof BalancerEvent.SetRefused) {
      return "set.refused";
    } else if (event instanceof BalancerEvent.SourceFailed) {
      return "source.failed";
    } else if (event instanceof BalancerEvent.PanicChanged change) {
      return change.panic() ? "panic.began" : "panic.ended";
    } else if (event instanceof BalancerEvent.ComponentFailed) {
      return "component.failed";
    } else if (event instanceof BalancerEvent.LeaseExpired) {
      return "lease.expired";
    }
    return "closed";
  }

  private void follow(EndpointSet set) {
    changing.lock();
    try {
      if (closed) {
        return;
      }
      size = set.endpoints().size();
      Set<String> left = new HashSet<>(endpoints.keySet());
      set.endpoints().forEach(endpoint -> left.remove(endpoint.id()));
      left.forEach(id -> close(endpoints.remove(id)));
      for (Endpoint endpoint : set.endpoints()) {
        if (endpoints.size() < mostEndpoints && !endpoints.containsKey(endpoint.id())) {
          endpoints.put(endpoint.id(), added(endpoint.id()));
        }
      }
    } finally {
      changing.unlock();
    }
  }

  private OfEndpoint added(String id) {
    OfEndpoint added = new OfEndpoint(meters, id);
    if (shown != null) {
      added.show(shown);
    }
    return added;
  }

  private static void close(@Nullable OfEndpoint gone) {
    if (gone != null) {
      gone.close();
    }
  }

  void show(Balancer balancer) {
    changing.lock();
    try {
      if (shown == null && !closed) {
        shown = balancer;
        endpoints.values().forEach(each -> each.show(balancer));
      }
    } finally {
      changing.unlock();
    }
  }

  void close() {
    changing.lock();
    try {
      closed = true;
      endpoints.values().forEach(OfEndpoint::close);
      endpoints.clear();
      other.close();
      meters.close();
    } finally {
      changing.unlock();
    }
  }

  @Override
  public String toString() {
    return endpoints.keySet().toString();
  }
}
