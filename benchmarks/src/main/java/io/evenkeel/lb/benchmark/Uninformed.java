package io.evenkeel.lb.benchmark;

import io.evenkeel.lb.LoadMeter;
import io.evenkeel.lb.LoadMetric;
import io.evenkeel.lb.NodeSet;
import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.Selector;
import io.evenkeel.lb.Strategy;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Keeps from a strategy what servers report of their load, and their weights.
 *
 * @param weighted whether the weights are let through
 * @param told whether the reports are
 */
record Uninformed(Strategy inner, boolean weighted, boolean told) implements Strategy {
  @Override
  public Selector newSelector(NodeSet nodes, @Nullable Selector previous) {
    if (weighted) {
      return inner.newSelector(nodes, previous);
    }
    double[] ones = new double[nodes.usable().size()];
    Arrays.fill(ones, 1);
    return inner.newSelector(nodes.reweighted(ones), previous);
  }

  @Override
  public LoadMetric loadMetric() {
    LoadMetric metric = inner.loadMetric();
    if (told) {
      return metric;
    }
    return (endpoint, typicalLoad, nowNanos) ->
        new Deaf(metric.newMeter(endpoint, typicalLoad, nowNanos));
  }

  /** All that the inner one does, but for reports. */
  private record Deaf(LoadMeter inner) implements LoadMeter {
    @Override
    public double load(int inFlight, long recentNanos) {
      return inner.load(inFlight, recentNanos);
    }

    @Override
    public double baseline() {
      return inner.baseline();
    }

    @Override
    public void renew(double typicalLoad, long nowNanos) {
      inner.renew(typicalLoad, nowNanos);
    }

    @Override
    public void record(Outcome outcome, long latencyNanos, long nowNanos) {
      inner.record(outcome, latencyNanos, nowNanos);
    }

    @Override
    public void pushback(long nanos, long nowNanos) {
      inner.pushback(nanos, nowNanos);
    }
  }
}
