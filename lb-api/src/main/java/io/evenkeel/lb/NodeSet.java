package io.evenkeel.lb;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * What a balancer offers a {@link Strategy}: nodes in the canonical order of their ids, with the
 * weights to choose them by. Immutable, though the nodes in it live.
 */
public final class NodeSet {
  private static final Duration SHORTEST_RENEWAL = Duration.ofMillis(10);

  private final List<Node> usable;
  private final double[] weights;
  private final List<Node> all;
  private final RandomGenerator random;
  private final long nowNanos;
  private final Renewal renewal;

  /**
   * @param usable of which each has a weight above 0
   */
  NodeSet(List<Node> usable, List<Node> all, RandomGenerator random, long nowNanos) {
    this(
        List.copyOf(usable),
        usable.stream().mapToDouble(Node::weight).toArray(),
        List.copyOf(all),
        random,
        nowNanos,
        new Renewal());
  }

  private NodeSet(
      List<Node> usable,
      double[] weights,
      List<Node> all,
      RandomGenerator random,
      long nowNanos,
      Renewal renewal) {
    this.usable = usable;
    this.weights = weights;
    this.all = all;
    this.random = random;
    this.nowNanos = nowNanos;
    this.renewal = renewal;
  }

  /** The nodes to choose from: each has a weight above 0. */
  public List<Node> usable() {
    return usable;
  }

  /**
   * The weight to choose a usable node by, above 0 and finite. That of {@link Node#weight()} when
   * the set was made, unless a strategy that decorates another has changed it.
   *
   * @param index the place of the node in {@link #usable()}
   */
  public double weight(int index) {
    return weights[index];
  }

  /** All nodes, so that a strategy can reckon with the capacity that is out of use. */
  public List<Node> all() {
    return all;
  }

  /**
   * Notes of which usable nodes are idle, kept from now until the next set. To be called during
   * {@link Strategy#newSelector} only.
   */
  public IdleNodes idle() {
    return new IdleNodes(usable);
  }

  /** Chance, safe to draw from any thread without contention. */
  public RandomGenerator random() {
    return random;
  }

  /** When the set was made, by the balancer's ticker. */
  public long nowNanos() {
    return nowNanos;
  }

  /**
   * The same set with other weights, for strategies that decorate others.
   *
   * @param newWeights one for each usable node; 0 takes the node out of this choice
   * @throws IllegalArgumentException if a weight is negative, NaN or infinite, if there is not one
   *     for each usable node, or if all are 0
   */
  public NodeSet reweighted(double[] newWeights) {
    if (newWeights.length != usable.size()) {
      throw new IllegalArgumentException(
          "weights: " + newWeights.length + " (expected: " + usable.size() + ")");
    }
    List<Node> kept = new ArrayList<>(newWeights.length);
    double[] keptWeights = new double[newWeights.length];
    for (int i = 0; i < newWeights.length; i++) {
      if (!(newWeights[i] >= 0 && newWeights[i] < Double.POSITIVE_INFINITY)) {
        throw new IllegalArgumentException(
            "weight of " + usable.get(i) + ": " + newWeights[i] + " (expected: >= 0, finite)");
      }
      if (newWeights[i] > 0) {
        keptWeights[kept.size()] = newWeights[i];
        kept.add(usable.get(i));
      }
    }
    if (kept.isEmpty()) {
      throw new IllegalArgumentException("weights: all 0 (expected: one above 0)");
    }
    return new NodeSet(List.copyOf(kept), keptWeights, all, random, nowNanos, renewal);
  }

  /**
   * Asks the balancer to call {@link Strategy#newSelector} again after a while, for strategies
   * whose weights change with time. Of several wishes, and of what else makes the balancer call,
   * the earliest counts. To be called during {@link Strategy#newSelector} only.
   *
   * @param delay at least 10 milliseconds; less is taken for that
   */
  public void renewAfter(Duration delay) {
    Duration allowed = delay.compareTo(SHORTEST_RENEWAL) < 0 ? SHORTEST_RENEWAL : delay;
    renewal.nanos = Math.min(renewal.nanos, allowed.toNanos());
  }

  /**
   * After how many nanoseconds a strategy asked to be called again; {@link Long#MAX_VALUE}: never.
   */
  long renewalNanos() {
    return renewal.nanos;
  }

  @Override
  public String toString() {
    return "NodeSet[" + usable.size() + " of " + all.size() + " usable]";
  }

  /** Shared by all sets that were made from one. For the control thread. */
  private static final class Renewal {
    private long nanos = Long.MAX_VALUE;
  }
}
