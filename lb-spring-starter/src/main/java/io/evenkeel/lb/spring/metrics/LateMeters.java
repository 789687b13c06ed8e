package io.evenkeel.lb.spring.metrics;

import io.evenkeel.lb.BalancerEvent;
import io.evenkeel.lb.BalancerListener;
import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.failover.FailoverCall;
import io.evenkeel.lb.failover.FailoverException.Reason;
import io.evenkeel.lb.failover.FailoverListener;
import io.evenkeel.lb.micrometer.BalancerMetrics;
import io.evenkeel.lb.micrometer.FailoverMetrics;
import org.jspecify.annotations.Nullable;

/**
 * Listens to one service from its beginning, and passes on what it hears once there are meters. The
 * meters of its calls go with its balancer. Thread-safe: both fields are set once.
 */
final class LateMeters implements BalancerListener, FailoverListener {
  private volatile @Nullable BalancerMetrics requests;
  private volatile @Nullable FailoverMetrics calls;

  /** From now on there are meters. */
  void bind(BalancerMetrics requests, FailoverMetrics calls) {
    this.requests = requests;
    this.calls = calls;
  }

  @Override
  public void onEnd(String balancer, Endpoint endpoint, Outcome outcome, long latencyNanos) {
    BalancerMetrics meters = requests;
    if (meters != null) {
      meters.onEnd(balancer, endpoint, outcome, latencyNanos);
    }
  }

  @Override
  public void onEvent(BalancerEvent event) {
    BalancerMetrics meters = requests;
    if (meters != null) {
      meters.onEvent(event);
    }
    FailoverMetrics ofCalls = calls;
    if (ofCalls != null && event instanceof BalancerEvent.Closed) {
      ofCalls.close();
    }
  }

  @Override
  public void onAttempt(
      FailoverCall call,
      Endpoint endpoint,
      Outcome outcome,
      long latencyNanos,
      int number,
      boolean hedge) {
    FailoverMetrics meters = calls;
    if (meters != null) {
      meters.onAttempt(call, endpoint, outcome, latencyNanos, number, hedge);
    }
  }

  @Override
  public void onCall(FailoverCall call, @Nullable Reason failed, long nanos) {
    FailoverMetrics meters = calls;
    if (meters != null) {
      meters.onCall(call, failed, nanos);
    }
  }
}
