package io.evenkeel.lb.strategy;

import io.evenkeel.lb.Node;
import io.evenkeel.lb.NodeSet;
import io.evenkeel.lb.RequestContext;
import io.evenkeel.lb.Selector;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Compares three to eight different nodes. Those that tie have the same chance ({@link Contender}).
 *
 * <p>With equal weights every subset is equally likely (R. Floyd's sampling: Bentley and Floyd, "A
 * sample of brilliance", 1987). The indices drawn so far are kept in 16-bit lanes of two longs,
 * since an array would be an allocation; a balancer has fewer than 65,535 nodes.
 */
final class FewChoices implements Selector {
  private static final long LANES = 0x0001_0001_0001_0001L;
  private static final long LANE_TOPS = 0x8000_8000_8000_8000L;
  private static final int REDRAWS = 4;

  private final Node[] nodes;
  private final double[] shares;
  private final long[] lots;
  private final int choices;
  private final @Nullable AliasTable byWeight;
  private final RandomGenerator random;

  /**
   * @param set more usable nodes than choices
   * @param choices from 3 to 8
   */
  FewChoices(NodeSet set, int choices) {
    double[] weights = Nodes.weights(set);
    this.nodes = Nodes.array(set);
    this.shares = Nodes.inverseWeights(set);
    this.lots = Contender.lots(nodes.length);
    this.choices = choices;
    this.byWeight = Nodes.allEqual(weights) ? null : new AliasTable(weights);
    this.random = set.random();
  }

  @Override
  public Node select(RequestContext context) {
    long seed = random.nextLong();
    Node best = nodes[Contender.index(best(seed, null))];
    return context.tried(best.endpoint()) ? untried(seed, context, best) : best;
  }

  @Override
  public Node explain(RequestContext context, Consumer<String> why) {
    why.accept("has the least load for its weight of " + choices + " drawn at random");
    return select(context);
  }

  /** The best of the same draws that was not tried; {@code otherwise} if there is none. */
  private Node untried(long seed, RequestContext context, Node otherwise) {
    long best = best(seed, context);
    return best == Long.MAX_VALUE ? otherwise : nodes[Contender.index(best)];
  }

  /**
   * @param retry passes over the nodes that it has tried, or null
   */
  private long best(long seed, @Nullable RequestContext retry) {
    Node[] from = nodes;
    double[] by = shares;
    long[] each = lots;
    AliasTable table = byWeight;
    long odd = seed | 1;
    long best = Long.MAX_VALUE;
    long bits = seed;
    long drawn = -1;
    long drawnBefore = -1;
    int end = from.length;
    for (int last = end - choices; last < end; last++) {
      bits = Hashes.step(bits);
      int index =
          table == null
              ? evenly(bits, last, drawn, drawnBefore)
              : byWeight(table, bits, drawn, drawnBefore);
      drawnBefore = (drawnBefore << 16) | (drawn >>> 48);
      drawn = (drawn << 16) | index;
      if (retry == null || !retry.tried(from[index].endpoint())) {
        best =
            Math.min(best, Contender.of(from[index].load() * by[index], each[index] * odd, index));
      }
    }
    return best;
  }

  /** Floyd's step: of 0 to last, only smaller indices than last were drawn before. */
  private static int evenly(long bits, int last, long drawn, long drawnBefore) {
    int index = Nodes.upper(bits, last + 1);
    return contains(drawn, drawnBefore, index) ? last : index;
  }

  /** Draws until the index is new; where weights are so uneven that it hardly ever is, evenly. */
  private int byWeight(AliasTable table, long bits, long drawn, long drawnBefore) {
    int index = table.draw(Hashes.spread(bits));
    int draw = 0;
    while (contains(drawn, drawnBefore, index) && draw < REDRAWS) {
      index = table.draw(Hashes.follower(bits, ++draw));
    }
    // Evenly, or the neighbours of heavy nodes would be drawn again and again.
    while (contains(drawn, drawnBefore, index) && draw < 2 * REDRAWS) {
      index = Nodes.upper(Hashes.follower(bits, ++draw), nodes.length);
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
