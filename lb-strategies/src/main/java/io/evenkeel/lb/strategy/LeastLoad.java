package io.evenkeel.lb.strategy;

import static java.util.Objects.requireNonNull;

import io.evenkeel.lb.LoadMetric;
import io.evenkeel.lb.NodeSet;
import io.evenkeel.lb.Selector;
import io.evenkeel.lb.Strategy;
import io.evenkeel.lb.load.PeakEwma;
import org.jspecify.annotations.Nullable;

/**
 * The node with the least load for its weight, of all nodes; ties break at random. By requests in
 * flight this is what others call least requests or least connections.
 *
 * <p>The best choice that a single client can make, at a cost that grows with the number of nodes:
 * about 7 ns for each by {@link PeakEwma}, and 2 to 2.6 ns by requests in flight. By these, and if
 * weights are equal, it is usually over sooner where there are many idle nodes.
 */
public final class LeastLoad implements Strategy {
  private static final LeastLoad REQUESTS = new LeastLoad(LoadMetric.inFlight());

  private final LoadMetric metric;

  private LeastLoad(LoadMetric metric) {
    this.metric = metric;
  }

  /** The node with the fewest requests in flight for its weight. */
  public static LeastLoad requests() {
    return REQUESTS;
  }

  /** The node with the least load for its weight, by this metric. */
  public static LeastLoad of(LoadMetric metric) {
    return new LeastLoad(requireNonNull(metric, "metric"));
  }

  @Override
  public LoadMetric loadMetric() {
    return metric;
  }

  @Override
  public Selector newSelector(NodeSet nodes, @Nullable Selector previous) {
    return new FullScan(nodes, metric);
  }

  @Override
  public String toString() {
    return "LeastLoad[" + metric + "]";
  }
}
