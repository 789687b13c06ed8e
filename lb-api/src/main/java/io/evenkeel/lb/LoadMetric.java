package io.evenkeel.lb;

import java.util.List;

/** What load means. Immutable and thread-safe; one metric may serve many balancers. */
public interface LoadMetric {
  /**
   * The meter of a node that is new to a balancer.
   *
   * @param endpoint what the node stands for
   * @param recent the time of the balancer's latest begin or end, at most 2 ms behind; as cheap to
   *     read as a field, so that a meter can look at the time when load is asked for
   * @param peers the meters of the balancer's other nodes, all made by this metric, so that a new
   *     node can start from what its peers have learned
   */
  LoadMeter newMeter(Endpoint endpoint, Ticker recent, List<LoadMeter> peers);

  /** Load is the number of requests in flight. */
  static LoadMetric inFlight() {
    return InFlight.METRIC;
  }
}
