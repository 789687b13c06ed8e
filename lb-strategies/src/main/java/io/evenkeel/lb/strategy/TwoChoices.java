package io.evenkeel.lb.strategy;

import io.evenkeel.lb.Node;
import io.evenkeel.lb.RequestContext;
import io.evenkeel.lb.Selector;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Compares two different nodes. The first is drawn from n and the second from the n - 1 others, so
 * either comes first equally often, and a tie may go to the first. Each load is read once.
 */
final class TwoChoices implements Selector {
  private static final int REDRAWS = 4;

  private final Node[] nodes;
  private final double[] weights;
  private final @Nullable AliasTable byWeight;
  private final RandomGenerator random;

  /**
   * @param nodes at least 2
   */
  TwoChoices(Node[] nodes, RandomGenerator random) {
    this.nodes = nodes;
    this.weights = Nodes.weights(nodes);
    this.byWeight = Nodes.allEqual(weights) ? null : new AliasTable(weights);
    this.random = random;
  }

  @Override
  public Node select(RequestContext context) {
    return byWeight == null ? evenly(context) : byWeight(byWeight, context);
  }

  private Node evenly(RequestContext context) {
    long bits = random.nextLong();
    int first = Nodes.upper(bits, nodes.length);
    int second = other(first, bits);
    Node one = nodes[first];
    Node two = nodes[second];
    boolean firstWins = one.load() <= two.load();
    return choose(context, firstWins ? one : two, firstWins ? two : one);
  }

  private Node byWeight(AliasTable table, RequestContext context) {
    int first = table.draw(random.nextLong());
    long bits = random.nextLong();
    int second = table.draw(bits);
    for (int i = 0; second == first && i < REDRAWS; i++) {
      bits = random.nextLong();
      second = table.draw(bits);
    }
    if (second == first) {
      second = other(first, bits);
    }
    Node one = nodes[first];
    Node two = nodes[second];
    boolean firstWins = one.load() * weights[second] <= two.load() * weights[first];
    return choose(context, firstWins ? one : two, firstWins ? two : one);
  }

  private int other(int first, long bits) {
    int second = Nodes.lower(bits, nodes.length - 1);
    return second >= first ? second + 1 : second;
  }

  private static Node choose(RequestContext context, Node winner, Node loser) {
    return context.tried(winner.endpoint()) ? loser : winner;
  }
}
