package io.evenkeel.lb.strategy;

import io.evenkeel.lb.LoadMetric;
import io.evenkeel.lb.NodeSet;
import io.evenkeel.lb.Selector;
import io.evenkeel.lb.Strategy;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Chooses by weight and remembers what it was offered. */
final class Recorder implements Strategy {
  final List<NodeSet> offered = new ArrayList<>();
  final List<@Nullable Selector> previous = new ArrayList<>();
  final List<Selector> made = new ArrayList<>();
  private final LoadMetric metric = FrozenLoad.byPort();

  @Override
  public Selector newSelector(NodeSet nodes, @Nullable Selector before) {
    offered.add(nodes);
    previous.add(before);
    Selector selector = WeightedRandom.of().newSelector(nodes, null);
    made.add(selector);
    return selector;
  }

  /** The weights that were offered last, by endpoint id. */
  Map<String, Double> weights() {
    NodeSet last = offered.get(offered.size() - 1);
    Map<String, Double> weights = new TreeMap<>();
    for (int i = 0; i < last.usable().size(); i++) {
      weights.put(last.usable().get(i).endpoint().id(), last.weight(i));
    }
    return weights;
  }

  @Override
  public LoadMetric loadMetric() {
    return metric;
  }
}
