package io.evenkeel.lb.benchmark;

import io.evenkeel.lb.LoadMetric;
import io.evenkeel.lb.NodeSet;
import io.evenkeel.lb.Selector;
import io.evenkeel.lb.Strategy;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Keeps the weights of servers from a strategy. */
record Unweighted(Strategy inner) implements Strategy {
  @Override
  public Selector newSelector(NodeSet nodes, @Nullable Selector previous) {
    double[] ones = new double[nodes.usable().size()];
    Arrays.fill(ones, 1);
    return inner.newSelector(nodes.reweighted(ones), previous);
  }

  @Override
  public LoadMetric loadMetric() {
    return inner.loadMetric();
  }
}
