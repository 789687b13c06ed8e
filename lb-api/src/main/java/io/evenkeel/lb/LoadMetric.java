package io.evenkeel.lb;

/** What load means. Immutable and thread-safe; one metric may serve many balancers. */
public interface LoadMetric {
  /**
   * The meter of a node that is new to a balancer.
   *
   * @param endpoint what the node stands for
   * @param typicalLoad the median {@linkplain LoadMeter#baseline baseline} of the balancer's other
   *     nodes, so that a new node can start from what is known of its peers; 0 where nothing is
   * @param nowNanos the time, of the same clock as all times that the meter will see
   */
  LoadMeter newMeter(Endpoint endpoint, double typicalLoad, long nowNanos);

  /** Load is the number of requests in flight. */
  static LoadMetric inFlight() {
    return InFlight.METRIC;
  }
}
