package io.evenkeel.lb.failover.gate;

import io.evenkeel.lb.HealthIndicator;
import io.evenkeel.lb.Outcome;
import io.github.resilience4j.bulkhead.Bulkhead;
import io.github.resilience4j.bulkhead.BulkheadRegistry;

/** The bulkhead of one endpoint: each request that it admits holds one permit until it ends. */
final class BulkheadGate implements HealthIndicator {
  private final Tenure tenure;
  private final Bulkhead bulkhead;
  private final BulkheadRegistry registry;

  /** Whether a listener has thrown, so that nobody knows whether there was a permit. */
  private volatile boolean unsure;

  BulkheadGate(Tenure tenure, Bulkhead bulkhead, BulkheadRegistry registry) {
    this.tenure = tenure;
    this.bulkhead = bulkhead;
    this.registry = registry;
  }

  @Override
  public double health() {
    return 1;
  }

  @Override
  public boolean admit(long nowNanos) {
    if (!tenure.admits(nowNanos)) {
      return false;
    }
    try {
      return bulkhead.tryAcquirePermission();
    } catch (Throwable t) {
      unsure = true;
      throw t;
    }
  }

  @Override
  public void record(Outcome outcome, long latencyNanos, long nowNanos) {
    if (tenure.owns(nowNanos - latencyNanos) && !(unsure && isEmpty())) {
      bulkhead.onComplete();
    }
  }

  private boolean isEmpty() {
    Bulkhead.Metrics metrics = bulkhead.getMetrics();
    return metrics.getAvailableConcurrentCalls() >= metrics.getMaxAllowedConcurrentCalls();
  }

  @Override
  public void close() {
    tenure.end();
    String name = bulkhead.getName();
    if (registry.find(name).filter(found -> found == bulkhead).isPresent()) {
      registry.remove(name);
    }
  }

  @Override
  public String toString() {
    return bulkhead.toString();
  }
}
