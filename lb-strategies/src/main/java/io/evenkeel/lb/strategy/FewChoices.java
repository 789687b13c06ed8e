package io.evenkeel.lb.strategy;

import io.evenkeel.lb.Node;
import io.evenkeel.lb.NodeSet;
import io.evenkeel.lb.RequestContext;
import io.evenkeel.lb.Selector;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Compares three to eight different nodes.
 *
 * <p>With equal weights every subset is equally likely (R. Floyd's sampling: Bentley and Floyd, "A
 * sample of brilliance", 1987). The indices drawn so far are kept in 16-bit lanes of two longs,
 * since an array would be an allocation; a balancer has fewer than 65,535 nodes. Ties break by
 * reservoir: the k-th of equals replaces the one before with chance 1/k.
 */
final class FewChoices implements Selector {
  private static final long LANES = 0x0001_0001_0001_0001L;
  private static final long LANE_TOPS = 0x8000_8000_8000_8000L;
  private static final int REDRAWS = 4;

  private final Node[] nodes;
  private final int choices;
  private final double[] weights;
  private final @Nullable AliasTable byWeight;
  private final RandomGenerator random;

  /**
   * @param set more usable nodes than choices
   * @param choices from 2 to 8
   */
  FewChoices(NodeSet set, int choices) {
    this.nodes = Nodes.array(set);
    this.weights = Nodes.weights(set);
    this.choices = choices;
    this.byWeight = Nodes.allEqual(weights) ? null : new AliasTable(weights);
    this.random = set.random();
  }

  @Override
  public Node select(RequestContext context) {
    AliasTable table = byWeight;
    long drawn = -1;
    long drawnBefore = -1;
    Node best = nodes[0];
    double least = Double.POSITIVE_INFINITY;
    boolean bestTried = true;
    int ties = 0;
    for (int last = nodes.length - choices; last < nodes.length; last++) {
      int index =
          table == null ? evenly(last, drawn, drawnBefore) : byWeight(table, drawn, drawnBefore);
      drawnBefore = (drawnBefore << 16) | (drawn >>> 48);
      drawn = (drawn << 16) | index;
      Node node = nodes[index];
      double load = node.load() / weights[index];
      boolean tried = context.tried(node.endpoint());
      boolean less = load < least || Double.isNaN(least);
      if ((bestTried && !tried) || (bestTried == tried && less)) {
        best = node;
        least = load;
        bestTried = tried;
        ties = 1;
      } else if (bestTried == tried && load == least && random.nextInt(++ties) == 0) {
        best = node;
      }
    }
    return best;
  }

  @Override
  public Node explain(RequestContext context, Consumer<String> why) {
    why.accept("has the least load for its weight of " + choices + " drawn at random");
    return select(context);
  }

  /** Floyd's step: of 0 to last, only smaller indices than last were drawn before. */
  private int evenly(int last, long drawn, long drawnBefore) {
    int index = Nodes.upper(random.nextLong(), last + 1);
    return contains(drawn, drawnBefore, index) ? last : index;
  }

  /** Draws until the index is new; where weights are so uneven that it hardly ever is, evenly. */
  private int byWeight(AliasTable table, long drawn, long drawnBefore) {
    int index = table.draw(random.nextLong());
    for (int i = 0; contains(drawn, drawnBefore, index) && i < REDRAWS; i++) {
      index = table.draw(random.nextLong());
    }
    // Evenly, or the neighbours of heavy nodes would be drawn again and again.
    for (int i = 0; contains(drawn, drawnBefore, index) && i < REDRAWS; i++) {
      index = Nodes.upper(random.nextLong(), nodes.length);
    }
    while (contains(drawn, drawnBefore, index)) {
      index = index + 1 < nodes.length ? index + 1 : 0;
    }
    return index;
  }

  private static boolean contains(long drawn, long drawnBefore, int index) {
    long lanes = LANES * index;
    return hasZeroLane(drawn ^ lanes) || hasZeroLane(drawnBefore ^ lanes);
  }

  private static boolean hasZeroLane(long lanes) {
    return ((lanes - LANES) & ~lanes & LANE_TOPS) != 0;
  }
}
