package io.evenkeel.lb.strategy;

import io.evenkeel.lb.Node;
import io.evenkeel.lb.NodeSet;
import io.evenkeel.lb.RequestContext;
import io.evenkeel.lb.Selector;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * What the nodes of a set bid for a key: a hash of both, raised to the power of 1 / weight. See
 * {@link Rendezvous}.
 */
final class Bids implements Selector {
  private static final long MIX = 0xd6e8feb86659fd93L;

  private final Node[] nodes;
  private final long[] hashes;
  private final double @Nullable [] shares;
  private final RandomGenerator random;

  Bids(NodeSet set) {
    this.nodes = Nodes.array(set);
    this.hashes = Nodes.hashes(set);
    this.shares = Nodes.allEqual(Nodes.weights(set)) ? null : Nodes.inverseWeights(set);
    this.random = set.random();
  }

  @Override
  public Node select(RequestContext context) {
    long key = Hashes.key(context, random);
    double[] by = shares;
    Node chosen = nodes[by == null ? highest(key) : lowest(key, by)];
    if (!context.tried(chosen.endpoint())) {
      return chosen;
    }
    Node next = next(context, key);
    return next == null ? chosen : next;
  }

  private int highest(long key) {
    long[] each = hashes;
    int winner = 0;
    long highest = Long.MIN_VALUE;
    for (int i = 0; i < each.length; i++) {
      long bid = bid(key, each[i]);
      if (bid > highest) {
        highest = bid;
        winner = i;
      }
    }
    return winner;
  }

  /**
   * -ln(u) / weight, of which the least wins. 1 - u is less than -ln(u), so the logarithm is taken
   * only for the few nodes that might win.
   */
  private int lowest(long key, double[] by) {
    long[] each = hashes;
    int winner = 0;
    double lowest = Double.POSITIVE_INFINITY;
    for (int i = 0; i < each.length; i++) {
      double below = below(bid(key, each[i]));
      if (below * by[i] < lowest) {
        double exact = cost(below) * by[i];
        if (exact < lowest) {
          lowest = exact;
          winner = i;
        }
      }
    }
    return winner;
  }

  /** Of the nodes that were not tried and have room, the one that bids most; null for none. */
  @Nullable Node next(RequestContext context, long key) {
    double[] by = shares;
    Node winner = null;
    double lowest = Double.POSITIVE_INFINITY;
    for (int i = 0; i < nodes.length; i++) {
      double below = below(bid(key, hashes[i]));
      if (below * (by == null ? 1 : by[i]) < lowest) {
        double exact = by == null ? below : cost(below) * by[i];
        if (exact < lowest && nodes[i].hasRoom() && !context.tried(nodes[i].endpoint())) {
          lowest = exact;
          winner = nodes[i];
        }
      }
    }
    return winner;
  }

  private static long bid(long key, long hash) {
    long mixed = (key ^ hash) * MIX;
    return (mixed ^ (mixed >>> 32)) * MIX;
  }

  /** 1 - u, above 0, the less the higher the bid. */
  private static double below(long bid) {
    return (((bid ^ Long.MAX_VALUE) >>> 11) + 0.5) * 0x1p-53;
  }

  /** -ln(u). Strict, so that clients on all machines agree. */
  private static double cost(double below) {
    return -StrictMath.log1p(-below);
  }
}
