package io.evenkeel.lb;

import java.util.List;
import java.util.random.RandomGenerator;

/**
 * What a balancer offers a {@link Strategy}: nodes in the canonical order of their ids. Immutable,
 * though the nodes in it live.
 */
public final class NodeSet {
  private final List<Node> usable;
  private final List<Node> all;
  private final RandomGenerator random;

  NodeSet(List<Node> usable, List<Node> all, RandomGenerator random) {
    this.usable = List.copyOf(usable);
    this.all = List.copyOf(all);
    this.random = random;
  }

  /** The nodes to choose from: each has a weight above 0. */
  public List<Node> usable() {
    return usable;
  }

  /** All nodes, so that a strategy can reckon with the capacity that is out of use. */
  public List<Node> all() {
    return all;
  }

  /** Chance, safe to draw from any thread without contention. */
  public RandomGenerator random() {
    return random;
  }

  @Override
  public String toString() {
    return "NodeSet[" + usable.size() + " of " + all.size() + " usable]";
  }
}
