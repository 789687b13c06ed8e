package io.evenkeel.lb.strategy;

import io.evenkeel.lb.Node;
import io.evenkeel.lb.NodeSet;
import io.evenkeel.lb.RequestContext;
import io.evenkeel.lb.Selector;
import io.evenkeel.lb.Strategy;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Keeps requests of one {@linkplain RequestContext#affinity() affinity} on one node by a table
 * (Eisenbud et al., "Maglev: a fast and reliable software network load balancer", NSDI 2016).
 * Shares are as even as can be: nodes of equal weight differ by one slot at most. When a node
 * leaves, its keys move, and a few more: 2 % more of ten nodes, and with a table of 100 slots for
 * each node some 60 %. {@link RingHash} and {@link Rendezvous} move none.
 *
 * <p>Requests without affinity go to nodes at random, by weight.
 */
public final class Maglev implements Strategy {
  private static final int DEFAULT_SLOTS = 65_537;
  private static final int LEAST_SLOTS = 251;
  private static final int MOST_SLOTS = 5_000_011;

  private final int slots;

  private Maglev(int slots) {
    this.slots = slots;
  }

  /** A table of 65,537 slots: enough for shares that are even to 1 % with 600 nodes. */
  public static Maglev ofDefaults() {
    return new Maglev(DEFAULT_SLOTS);
  }

  /**
   * With another table. Beyond as many nodes as slots the strategy refuses to choose.
   *
   * @param slots a prime from 251 to 5,000,011
   * @throws IllegalArgumentException if it is not
   */
  public static Maglev ofSlots(int slots) {
    boolean prime = slots >= LEAST_SLOTS && BigInteger.valueOf(slots).isProbablePrime(64);
    String range = "a prime, " + LEAST_SLOTS + ".." + MOST_SLOTS;
    Expect.that(prime && slots <= MOST_SLOTS, "slots", slots, range);
    return new Maglev(slots);
  }

  @Override
  public Selector newSelector(NodeSet nodes, @Nullable Selector previous) {
    double[] weights = Nodes.weights(nodes);
    return previous instanceof Lookup lookup && lookup.isFor(nodes, weights, slots)
        ? lookup
        : new Lookup(nodes, weights, slots);
  }

  @Override
  public String toString() {
    return "Maglev[slots=" + slots + "]";
  }

  private static final class Lookup implements Selector {
    /** After so many tried nodes chance decides. */
    private static final int NEXT_CHOICES = 64;

    private final Node[] nodes;
    private final double[] weights;
    private final char[] table;
    private final RandomGenerator random;

    Lookup(NodeSet set, double[] weights, int slots) {
      this.nodes = Nodes.array(set);
      this.weights = weights;
      this.table = MaglevTable.fill(Nodes.hashes(set), weights, slots);
      this.random = set.random();
    }

    boolean isFor(NodeSet set, double[] others, int slots) {
      return slots == table.length
          && Arrays.equals(others, weights)
          && set.usable().equals(Arrays.asList(nodes));
    }

    @Override
    public Node select(RequestContext context) {
      long key = Hashes.key(context, random);
      Node chosen = at(key);
      return context.tried(chosen.endpoint()) ? next(context, chosen, key) : chosen;
    }

    private Node at(long key) {
      char[] owners = table;
      return nodes[owners[Nodes.upper(key, owners.length)]];
    }

    private Node next(RequestContext context, Node tried, long key) {
      for (int i = 1; i <= NEXT_CHOICES; i++) {
        Node node = at(Hashes.follower(key, i));
        if (!context.tried(node.endpoint())) {
          return node;
        }
      }
      return tried;
    }
  }
}
