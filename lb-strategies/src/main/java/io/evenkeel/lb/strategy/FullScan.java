package io.evenkeel.lb.strategy;

import io.evenkeel.lb.Node;
import io.evenkeel.lb.NodeSet;
import io.evenkeel.lb.RequestContext;
import io.evenkeel.lb.Selector;
import java.util.random.RandomGenerator;

/**
 * Looks at every node and takes the one with the least load for its weight. Each load is read once.
 *
 * <p>Of nodes that tie, the one with the highest rank wins, and ranks are drawn anew for each
 * choice by hashing the index with one random number. So each has the same chance, which starting
 * at a random index would not give: the node after a gap would inherit it.
 */
final class FullScan implements Selector {
  private static final long MIX = 0x9e3779b97f4a7c15L;

  private final Node[] nodes;
  private final double[] weights;
  private final RandomGenerator random;

  FullScan(NodeSet set) {
    this.nodes = Nodes.array(set);
    this.weights = Nodes.weights(set);
    this.random = set.random();
  }

  @Override
  public Node select(RequestContext context) {
    long seed = random.nextLong();
    int best = 0;
    double least = Double.POSITIVE_INFINITY;
    for (int i = 0; i < nodes.length; i++) {
      double load = nodes[i].load() / weights[i];
      if (load < least || (load == least && rank(seed, i) > rank(seed, best))) {
        best = i;
        least = load;
      }
    }
    return context.tried(nodes[best].endpoint()) ? untried(context, best, seed) : nodes[best];
  }

  /**
   * The same among the nodes that the request has not tried; {@code otherwise} if there is none.
   */
  private Node untried(RequestContext context, int otherwise, long seed) {
    int best = otherwise;
    double least = Double.POSITIVE_INFINITY;
    for (int i = 0; i < nodes.length; i++) {
      double load = nodes[i].load() / weights[i];
      boolean better = load < least || (load == least && rank(seed, i) > rank(seed, best));
      if (better && !context.tried(nodes[i].endpoint())) {
        best = i;
        least = load;
      }
    }
    return nodes[best];
  }

  private static long rank(long seed, int index) {
    long mixed = (seed ^ index) * MIX;
    return (mixed ^ (mixed >>> 32)) * MIX;
  }
}
