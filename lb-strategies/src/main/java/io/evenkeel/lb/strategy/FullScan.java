package io.evenkeel.lb.strategy;

import io.evenkeel.lb.LoadMetric;
import io.evenkeel.lb.Node;
import io.evenkeel.lb.NodeSet;
import io.evenkeel.lb.RequestContext;
import io.evenkeel.lb.Selector;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;

/**
 * Takes the node with the least load for its weight of all. It looks at every node, unless no other
 * can have less: of nodes with equal weights that are compared by requests in flight, an idle one
 * is as good as any, so a few are drawn first. Each draw finds any idle node with the same chance,
 * as a look at all would.
 */
final class FullScan implements Selector {
  private static final int MOST_DRAWS = 16;

  /** Draws cost several times as much as looks in turn, so they must be few beside these. */
  private static final int NODES_PER_DRAW = 16;

  private final Node[] nodes;
  private final double[] shares;
  private final boolean byRequests;

  /** By whole numbers, which are quicker to compare. */
  private final boolean byCount;

  private final int draws;
  private final long[] lots;
  private final RandomGenerator random;

  /**
   * @param metric what the nodes are compared by; for requests in flight no meter is asked
   */
  FullScan(NodeSet set, LoadMetric metric) {
    this.byRequests = metric == LoadMetric.inFlight();
    this.nodes = Nodes.array(set);
    this.shares = Nodes.inverseWeights(set);
    this.random = set.random();
    this.byCount = byRequests && Nodes.allEqual(shares);
    this.draws = byCount ? Math.min(MOST_DRAWS, nodes.length / NODES_PER_DRAW) : 0;
    this.lots = Contender.lots(nodes.length);
  }

  @Override
  public Node explain(RequestContext context, Consumer<String> why) {
    why.accept("has the least load for its weight of all");
    return select(context);
  }

  @Override
  public Node select(RequestContext context) {
    long odd = random.nextLong() | 1;
    for (int draw = 1; draw <= draws; draw++) {
      Node drawn = nodes[Nodes.upper(Hashes.follower(odd, draw), nodes.length)];
      if (drawn.inFlight() == 0 && !context.tried(drawn.endpoint())) {
        return drawn;
      }
    }
    long best = byCount ? fewestRequests(odd) : leastLoad(odd);
    Node chosen = nodes[Contender.index(best)];
    return context.tried(chosen.endpoint()) ? untried(context, chosen, odd) : chosen;
  }

  private long fewestRequests(long odd) {
    Node[] from = nodes;
    long[] each = lots;
    long best = Long.MAX_VALUE;
    for (int i = 0; i < from.length; i++) {
      best = Math.min(best, Contender.ofCount(from[i].inFlight(), each[i] * odd, i));
    }
    return best;
  }

  private long leastLoad(long odd) {
    Node[] from = nodes;
    long[] each = lots;
    double[] by = shares;
    long best = Long.MAX_VALUE;
    for (int i = 0; i < from.length; i++) {
      best = Math.min(best, Contender.of(load(from[i]) * by[i], each[i] * odd, i));
    }
    return best;
  }

  private double load(Node node) {
    return byRequests ? node.inFlight() + 1.0 : node.load();
  }

  /**
   * The same among the nodes that the request has not tried; {@code otherwise} if there is none.
   */
  private Node untried(RequestContext context, Node otherwise, long odd) {
    long best = Long.MAX_VALUE;
    for (int i = 0; i < nodes.length; i++) {
      if (!context.tried(nodes[i].endpoint())) {
        best = Math.min(best, Contender.of(load(nodes[i]) * shares[i], lots[i] * odd, i));
      }
    }
    return best == Long.MAX_VALUE ? otherwise : nodes[Contender.index(best)];
  }
}
