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
  private final RecentTicker ticker;
  private final long nowNanos;
  private final Wishes wishes;

  /**
   * @param usable of which each has a weight above 0
   */
  NodeSet(List<Node> usable, List<Node> all, RandomGenerator random, RecentTicker ticker) {
    this(
        List.copyOf(usable),
        usable.stream().mapToDouble(Node::weight).toArray(),
        List.copyOf(all),
        random,
        ticker,
        ticker.now(),
        new Wishes());
  }

  private NodeSet(
      List<Node> usable,
      double[] weights,
      List<Node> all,
      RandomGenerator random,
      RecentTicker ticker,
      long nowNanos,
      Wishes wishes) {
    this.usable = usable;
    this.weights = weights;
    this.all = all;
    this.random = random;
    this.ticker = ticker;
    this.nowNanos = nowNanos;
    this.wishes = wishes;
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

  /**
   * Bounds the requests in flight on the usable nodes from now until the next set: a node refuses
   * to {@linkplain Node#begin begin} one unless it has fewer than ceil(factor * (in flight on all
   * these nodes + 1) * its part of their weight). The bound holds whatever many threads do at once,
   * and at any time one of the nodes has {@linkplain Node#hasRoom room}. To be called during {@link
   * Strategy#newSelector} only, by strategies that {@linkplain Strategy#boundsLoad say so}, and
   * once for a node.
   *
   * @param factor from 1 to 100; at 1 the loads are as even as can be
   * @throws IllegalArgumentException if the factor is not in its range
   * @throws IllegalStateException if the strategy does not say that it bounds loads
   */
  public void boundLoad(double factor) {
    if (!(factor >= 1 && factor <= LoadBound.MAX_FACTOR)) {
      throw new IllegalArgumentException(
          "factor: " + factor + " (expected: 1.." + LoadBound.MAX_FACTOR + ")");
    }
    wishes.bounds.add(LoadBound.of(usable.toArray(new Node[0]), weights, factor));
  }

  /** Puts the bounds that were asked for in force, and takes all other nodes out of theirs. */
  void applyBounds() {
    wishes.bounds.forEach(LoadBound::takeAll);
    for (Node node : all) {
      LoadBound.Share share = node.share;
      if (share != null && wishes.bounds.stream().noneMatch(share::isOf)) {
        LoadBound.release(node);
      }
    }
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
   * What the balancer's ticker showed when a request last began or ended, at most about a
   * millisecond behind that: to age things by on the request path, for the price of a field.
   */
  public Ticker recentTime() {
    return ticker::read;
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
    return new NodeSet(List.copyOf(kept), keptWeights, all, random, ticker, nowNanos, wishes);
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
    wishes.renewalNanos = Math.min(wishes.renewalNanos, allowed.toNanos());
  }

  /**
   * After how many nanoseconds a strategy asked to be called again; {@link Long#MAX_VALUE}: never.
   */
  long renewalNanos() {
    return wishes.renewalNanos;
  }

  @Override
  public String toString() {
    return "NodeSet[" + usable.size() + " of " + all.size() + " usable]";
  }

  /** Shared by all sets that were made from one. For the control thread. */
  private static final class Wishes {
    private long renewalNanos = Long.MAX_VALUE;
    private final List<LoadBound> bounds = new ArrayList<>();
  }
}
