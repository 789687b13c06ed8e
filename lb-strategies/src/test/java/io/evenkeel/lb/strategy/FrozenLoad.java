package io.evenkeel.lb.strategy;

import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.LoadMeter;
import io.evenkeel.lb.LoadMetric;
import io.evenkeel.lb.Outcome;
import java.util.function.ToDoubleFunction;

/** A load that never changes, so that the law of a choice shows in the counts. */
record FrozenLoad(ToDoubleFunction<Endpoint> loads) implements LoadMetric {
  /** The port of the endpoint is its load. */
  static FrozenLoad byPort() {
    return new FrozenLoad(Endpoint::port);
  }

  @Override
  public LoadMeter newMeter(Endpoint endpoint, double typicalLoad, long nowNanos) {
    double frozen = loads.applyAsDouble(endpoint);
    return new LoadMeter() {
      @Override
      public double load(int inFlight, long recentNanos) {
        return frozen;
      }

      @Override
      public void record(Outcome outcome, long latencyNanos, long nowNanos) {}
    };
  }
}
