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
  private final @Nullable Weighting weighting;
  private final RandomGenerator random;

  Bids(NodeSet set) {
    this.nodes = Nodes.array(set);
    this.hashes = Nodes.hashes(set);
    this.weighting =
        Nodes.allEqual(Nodes.weights(set)) ? null : new Weighting(Nodes.inverseWeights(set));
    this.random = set.random();
  }

  @Override
  public Node select(RequestContext context) {
    long key = Hashes.key(context, random);
    Weighting weighted = weighting;
    Node chosen = nodes[weighted == null ? highest(key) : weighted.winner(key, hashes)];
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

  /** Of the nodes that were not tried and have room, the one that bids most; null for none. */
  @Nullable Node next(RequestContext context, long key) {
    Weighting weighted = weighting;
    Node winner = null;
    double lowest = Double.POSITIVE_INFINITY;
    for (int i = 0; i < nodes.length; i++) {
      double below = below(bid(key, hashes[i]));
      if ((weighted == null ? below : weighted.least(below, i)) < lowest) {
        double exact = weighted == null ? below : weighted.exact(below, i);
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

  /** How far a bid is below the highest; unsigned. */
  static long fromHighest(long bid) {
    return bid ^ Long.MAX_VALUE;
  }

  /** The same as a part of all: 1 - u, above 0. */
  static double below(long bid) {
    return ((fromHighest(bid) >>> 11) + 0.5) * 0x1p-53;
  }
}
