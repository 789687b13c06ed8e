package io.evenkeel.lb.micrometer;

import static java.lang.Math.max;

import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.BalancerEvent;
import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.EndpointSet;
import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.RequestContext;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** The meters of one balancer. Thread-safe; which endpoints have meters changes one at a time. */
final class OfBalancer {
  private static final String OTHER = "other";
  private static final int UNKNOWN = -1;

  private final int mostEndpoints;
  private final Meters meters;
  private final Map<String, OfEndpoint> endpoints = new ConcurrentHashMap<>();
  private final OfEndpoint other;
  private volatile int size;

  /** Unknown until there was a change of it, or the balancer was asked. */
  private final AtomicInteger panic = new AtomicInteger(UNKNOWN);

  private final ReentrantLock changing = new ReentrantLock();

  // Under the lock.
  private @Nullable Balancer shown;
  private boolean closed;

  OfBalancer(MeterRegistry registry, String name, int mostEndpoints) {
    this.mostEndpoints = mostEndpoints;
    this.meters = new Meters(registry, Tags.of("balancer", name));
    this.other = new OfEndpoint(meters, OTHER);
    meters.gauge("lb.endpoints", "Endpoints in the set", this, each -> each.size);
    meters.gauge(
        "lb.panic", "Whether the unfit are offered, too", this, each -> max(0, each.panic.get()));
  }

  void ended(Endpoint endpoint, Outcome outcome, long latencyNanos) {
    OfEndpoint known = endpoints.get(endpoint.id());
    (known != null ? known : other).ended(outcome, latencyNanos);
  }

  void happened(BalancerEvent event) {
    if (event instanceof BalancerEvent.EndpointsChanged change) {
      follow(change.after());
    } else if (event instanceof BalancerEvent.PanicChanged change) {
      panic.set(change.panic() ? 1 : 0);
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
    } else if (event instanceof BalancerEvent.EndpointsRefused) {
      return "endpoints.refused";
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

  /** Events before this were perhaps not told, so what they said is asked for. */
  void show(Balancer balancer) {
    if (panic.get() == UNKNOWN) {
      boolean now = balancer.explain(RequestContext.none()).panic();
      panic.compareAndSet(UNKNOWN, now ? 1 : 0);
    }
    changing.lock();
    try {
      if (shown == null && !closed) {
        shown = balancer;
        meters.gauge(
            "lb.capacity", "Share of the weight that is fit", balancer, Balancer::capacity);
        endpoints.values().forEach(each -> each.show(balancer));
        follow(balancer.endpoints());
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
