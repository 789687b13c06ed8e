package io.evenkeel.lb.benchmark;

import static java.util.Objects.requireNonNull;

import io.evenkeel.lb.BalancerListener;
import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.Outcome;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.TimeUnit;

/**
 * Feeds Micrometer as a good listener would: a timer for each endpoint, and a counter for each way
 * in which its requests end. The registry is asked for them once, since finding a meter by its tags
 * costs more than all that a request needs.
 */
final class Meters implements BalancerListener {
  private final MeterRegistry registry;
  private final ConcurrentMap<String, OfEndpoint> byId = new ConcurrentHashMap<>();

  Meters(MeterRegistry registry) {
    this.registry = registry;
  }

  @Override
  public void onEnd(String balancer, Endpoint endpoint, Outcome outcome, long latencyNanos) {
    OfEndpoint meters = byId.get(endpoint.id());
    if (meters == null) {
      meters = byId.computeIfAbsent(endpoint.id(), id -> new OfEndpoint(registry, balancer, id));
    }
    meters.add(outcome, latencyNanos);
  }

  private static final class OfEndpoint {
    final Timer timer;
    final Map<Outcome, Counter> ended = new EnumMap<>(Outcome.class);

    OfEndpoint(MeterRegistry registry, String balancer, String id) {
      Tags tags = Tags.of("balancer", balancer, "endpoint", id);
      timer = registry.timer("lb.latency", tags);
      for (Outcome outcome : Outcome.values()) {
        ended.put(outcome, registry.counter("lb.ended", tags.and("outcome", outcome.name())));
      }
    }

    void add(Outcome outcome, long latencyNanos) {
      timer.record(latencyNanos, TimeUnit.NANOSECONDS);
      requireNonNull(ended.get(outcome)).increment();
    }
  }
}
