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

  /** More than bounds are wrong by, and logarithms, for having been rounded. */
  private static final double ROUNDING = 1e-14;

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
    Node chosen = nodes[by == null ? highest(key) : lowest(key, hashes, by)];
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
   * -ln(u) / weight, of which the least wins. A logarithm costs as much as a dozen bids. Bounds of
   * it nearly always tell as well who wins: with b = 1 - u it is at least b + b^2/2, and by no more
   * than b^3 / 3u above that, as its series shows.
   *
   * @param each the hashes of the nodes
   * @param by one over the weight of each
   */
  static int lowest(long key, long[] each, double[] by) {
    int winner = 0;
    double winners = 1;
    double low = Double.POSITIVE_INFINITY;
    double high = Double.POSITIVE_INFINITY;
    for (int i = 0; i < each.length; i++) {
      double below = below(bid(key, each[i]));
      if (below * by[i] >= high) {
        continue;
      }
      double bound = (below + below * below / 2) * by[i];
      double least = bound * (1 - ROUNDING);
      double most = (bound + below * below * below / (3 * (1 - below)) * by[i]) * (1 + ROUNDING);
      if (least > high) {
        continue;
      }
      if (most >= low) {
        double best = low == high ? low : cost(winners) * by[winner];
        double exact = cost(below) * by[i];
        if (exact >= best) {
          low = best;
          high = best;
          continue;
        }
        least = exact;
        most = exact;
      }
      winner = i;
      winners = below;
      low = least;
      high = most;
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

  static long bid(long key, long hash) {
    long mixed = (key ^ hash) * MIX;
    return (mixed ^ (mixed >>> 32)) * MIX;
  }

  /** 1 - u, above 0, the less the higher the bid. */
  static double below(long bid) {
    return (((bid ^ Long.MAX_VALUE) >>> 11) + 0.5) * 0x1p-53;
  }

  /** -ln(u). Strict, so that clients on all machines agree. */
  static double cost(double below) {
    return -StrictMath.log1p(-below);
  }
}
