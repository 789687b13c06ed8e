package io.evenkeel.lb.strategy;

import io.evenkeel.lb.Node;
import io.evenkeel.lb.NodeSet;
import io.evenkeel.lb.RequestContext;
import io.evenkeel.lb.Selector;
import io.evenkeel.lb.Strategy;
import java.util.Arrays;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Keeps requests of one {@linkplain RequestContext#affinity() affinity} on one node by a ring
 * (Karger et al., "Consistent hashing and random trees", 1997): each node has points on a circle in
 * proportion to its weight, and a key belongs to the first point from it on. When a node leaves,
 * only its keys move, each to the next point; when it comes back, so do they.
 *
 * <p>How many points a weight of 1 stands for is reckoned from the mean of the configured weights,
 * rounded to a power of two, so that it hardly ever changes, and a node whose weight or health
 * changes moves keys of its own only.
 *
 * <p>The more points, the more even: with 100 for each node the busiest of 10 gets 1.16 times its
 * share, with 1000 points 1.05. {@link Maglev} is more even and quicker, but moves some more keys.
 * Requests without affinity go to nodes at random, by weight.
 */
public final class RingHash implements Strategy {
  private static final int MOST_POINTS = 10_000;

  /** Tried nodes are passed over for so many points; then chance decides. */
  private static final int REACH = 4096;

  private final int points;

  private RingHash(int points) {
    this.points = points;
  }

  /** 160 points for a node of weight 1, where that is the mean weight. */
  public static RingHash ofDefaults() {
    return new RingHash(160);
  }

  /**
   * With another number of points.
   *
   * @param points for a node of the mean weight, from 1 to 10,000; for one that is no power of two,
   *     0.7 to 1.4 times as many
   * @throws IllegalArgumentException if it is not in that range
   */
  public static RingHash ofPoints(int points) {
    return new RingHash(Expect.within("points", points, 1, MOST_POINTS));
  }

  @Override
  public Selector newSelector(NodeSet nodes, @Nullable Selector previous) {
    double perWeight = points / unit(nodes);
    double[] weights = Nodes.weights(nodes);
    return previous instanceof Walk walk && walk.isFor(nodes, weights, perWeight)
        ? walk
        : new Walk(nodes, weights, perWeight);
  }

  /** The mean configured weight, to a power of two. */
  private static double unit(NodeSet nodes) {
    double mean =
        nodes.all().stream()
            .mapToDouble(node -> node.endpoint().weight())
            .filter(weight -> weight > 0)
            .average()
            .orElse(1);
    return Math.pow(2, Math.rint(Math.log(mean) / Math.log(2)));
  }

  @Override
  public String toString() {
    return "RingHash[points=" + points + "]";
  }

  private static final class Walk implements Selector {
    private final Node[] nodes;
    private final double[] weights;
    private final double perWeight;
    private final Ring ring;
    private final RandomGenerator random;

    Walk(NodeSet set, double[] weights, double perWeight) {
      this.nodes = Nodes.array(set);
      this.weights = weights;
      this.perWeight = perWeight;
      this.ring = new Ring(Nodes.hashes(set), weights, perWeight);
      this.random = set.random();
    }

    boolean isFor(NodeSet set, double[] others, double points) {
      return points == perWeight
          && Arrays.equals(others, weights)
          && set.usable().equals(Arrays.asList(nodes));
    }

    @Override
    public Node select(RequestContext context) {
      int place = ring.place(Hashes.key(context, random));
      Node chosen = nodes[ring.owner(place)];
      return context.tried(chosen.endpoint()) ? next(context, chosen, place) : chosen;
    }

    private Node next(RequestContext context, Node tried, int from) {
      int place = from;
      for (int i = Math.min(ring.size(), REACH); i > 0; i--) {
        place = place + 1 < ring.size() ? place + 1 : 0;
        Node node = nodes[ring.owner(place)];
        if (!context.tried(node.endpoint())) {
          return node;
        }
      }
      return tried;
    }
  }
}
