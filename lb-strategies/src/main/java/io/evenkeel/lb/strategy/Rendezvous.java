package io.evenkeel.lb.strategy;

import io.evenkeel.lb.Node;
import io.evenkeel.lb.NodeSet;
import io.evenkeel.lb.RequestContext;
import io.evenkeel.lb.Selector;
import io.evenkeel.lb.Strategy;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Keeps requests of one {@linkplain RequestContext#affinity() affinity} on one node by rendezvous
 * (Thaler and Ravishankar, "Using name-based mappings to increase hit rates", 1998): a hash of key
 * and node is each node's bid, and the highest wins. Shares follow the weights exactly, and when a
 * node leaves or a weight changes only the keys move that must. A choice looks at every node, so it
 * is for up to some hundred; {@link RingHash} and {@link Maglev} do not.
 *
 * <p>With unequal weights the bid is -weight / ln(u) for a hash u in (0, 1) (Schindelhauer and
 * Schomaker, "Weighted distributed hash tables", 2005). Requests without affinity go to nodes at
 * random, by weight.
 */
public final class Rendezvous implements Strategy {
  private static final Rendezvous INSTANCE = new Rendezvous();

  private Rendezvous() {}

  /** Rendezvous hashing. It has no settings. */
  public static Rendezvous of() {
    return INSTANCE;
  }

  @Override
  public Selector newSelector(NodeSet nodes, @Nullable Selector previous) {
    return new Bids(nodes);
  }

  @Override
  public String toString() {
    return "Rendezvous";
  }

  private static final class Bids implements Selector {
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
      return context.tried(chosen.endpoint()) ? next(context, chosen, key) : chosen;
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
     * -ln(u) / weight, of which the least wins. 1 - u is less than -ln(u), so the logarithm is
     * taken only for the few nodes that might win.
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

    private Node next(RequestContext context, Node tried, long key) {
      Node winner = tried;
      double lowest = Double.POSITIVE_INFINITY;
      for (int i = 0; i < nodes.length; i++) {
        double share = shares == null ? 1 : shares[i];
        double cost = cost(below(bid(key, hashes[i]))) * share;
        if (cost < lowest && !context.tried(nodes[i].endpoint())) {
          lowest = cost;
          winner = nodes[i];
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
}
