package io.evenkeel.lb;

/** What load means. Immutable and thread-safe; one metric may serve many balancers. */
public interface LoadMetric {
  /**
   * The meter of a node that is new to a balancer.
   *
   * @param endpoint what the node stands for
   * @param recent the time of the balancer's latest begin or end, at most 2 ms behind; as cheap to
   *     read as a field, so that a meter can look at the time when load is asked for
   * @param typicalLoad the median {@linkplain LoadMeter#baseline baseline} of the balancer's other
   *     nodes, so that a new node can start from what is known of its peers; 0 where nothing is
   */
  LoadMeter newMeter(Endpoint endpoint, Ticker recent, double typicalLoad);

  /** Load is the number of requests in flight. */
  static LoadMetric inFlight() {
    return InFlight.METRIC;
  }
}
