package io.evenkeel.lb.strategy;

import io.evenkeel.lb.Node;
import io.evenkeel.lb.NodeSet;
import io.evenkeel.lb.RequestContext;
import io.evenkeel.lb.Selector;
import java.util.function.Consumer;
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
   * @param set at least 2 usable nodes
   */
  TwoChoices(NodeSet set) {
    this.nodes = Nodes.array(set);
    this.weights = Nodes.weights(set);
    this.byWeight = Nodes.allEqual(weights) ? null : new AliasTable(weights);
    this.random = set.random();
  }

  @Override
  public Node select(RequestContext context) {
    return byWeight == null ? evenly(context) : byWeight(byWeight, context);
  }

  private Node evenly(RequestContext context) {
    Node[] from = nodes;
    long bits = random.nextLong();
    int first = Nodes.upper(bits, from.length);
    int second = other(first, bits);
    return choose(context, from, first, from[first].load(), second, from[second].load());
  }

  private Node byWeight(AliasTable table, RequestContext context) {
    int first = table.draw(random.nextLong());
    int second = other(first, table);
    double one = nodes[first].load() * weights[second];
    double two = nodes[second].load() * weights[first];
    return choose(context, nodes, first, one, second, two);
  }

  @Override
  public Node explain(RequestContext context, Consumer<String> why) {
    long bits = random.nextLong();
    int first = byWeight == null ? Nodes.upper(bits, nodes.length) : byWeight.draw(bits);
    int second = byWeight == null ? other(first, bits) : other(first, byWeight);
    Node one = nodes[first];
    Node two = nodes[second];
    why.accept("compared " + one.endpoint().id() + " and " + two.endpoint().id());
    double load = one.load() * weights[second];
    return choose(context, nodes, first, load, second, two.load() * weights[first]);
  }

  private int other(int first, AliasTable table) {
    int second = table.draw(random.nextLong());
    for (int i = 0; second == first && i < REDRAWS; i++) {
      second = table.draw(random.nextLong());
    }
    // Of the bits that were drawn it is known by now that they lead to the first.
    return second == first ? other(first, random.nextLong()) : second;
  }

  private int other(int first, long bits) {
    int second = Nodes.lower(bits, nodes.length - 1);
    // One more unless second < first; a branch would be a coin toss, as below.
    return second + 1 + ((second - first) >> 31);
  }

  /**
   * Which of two loads is less is a coin toss that no processor can predict, so the node is chosen
   * by a mask and not by a branch. Doubles from 0 on are in the order of their bits, and NaN after
   * all.
   */
  private static Node choose(
      RequestContext context, Node[] from, int first, double one, int second, double two) {
    long less =
        (Double.doubleToRawLongBits(two) & Long.MAX_VALUE)
            - (Double.doubleToRawLongBits(one) & Long.MAX_VALUE);
    int swap = (first ^ second) & (int) (less >> 63);
    Node winner = from[first ^ swap];
    return context.tried(winner.endpoint())
        ? untried(context, from[second ^ swap], winner)
        : winner;
  }

  private static Node untried(RequestContext context, Node other, Node otherwise) {
    return context.tried(other.endpoint()) ? otherwise : other;
  }
}
