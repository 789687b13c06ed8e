package io.evenkeel.lb.strategy;

import io.evenkeel.lb.IdleNodes;
import io.evenkeel.lb.Node;
import io.evenkeel.lb.NodeSet;
import io.evenkeel.lb.RequestContext;
import io.evenkeel.lb.Selector;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Compares some nodes that are noted as idle, the first ones from a random place on. Where none of
 * these is idle any more, and in one of 64 choices, it compares some drawn at random as well.
 *
 * <p>Notes are taken away when they are worth little. When most of those that were looked at are of
 * nodes that were given requests since, the notes of these go; when a node that is busy wins, all
 * of them, since the idle ones are so slow that waiting for another is better. So the notes point
 * at nodes that are idle and good, and where nearly all are, none is ever written. A node makes a
 * new note when it next becomes idle, and random draws look at it meanwhile.
 *
 * <p>Draws would cost as much as the rest. They also keep clients that do not know of each other
 * from settling on servers that the others use less, so there are as few as will find a node that
 * lost its note while it was slow.
 */
final class IdleAndRandom implements Selector {
  /** Of the random number of a choice: one of 64 choices draws nodes though some are idle. */
  private static final long EXPLORING = 63;

  private final Node[] nodes;
  private final double[] shares;
  private final long[] lots;
  private final IdleNodes noted;
  private final int idleSamples;
  private final int randomSamples;
  private final @Nullable AliasTable byWeight;
  private final RandomGenerator random;

  IdleAndRandom(NodeSet set, int idleSamples, int randomSamples) {
    double[] weights = Nodes.weights(set);
    this.nodes = Nodes.array(set);
    this.shares = Nodes.inverseWeights(set);
    this.lots = Contender.lots(nodes.length);
    this.noted = set.idle();
    this.idleSamples = idleSamples;
    this.randomSamples = randomSamples;
    this.byWeight = Nodes.allEqual(weights) ? null : new AliasTable(weights);
    this.random = set.random();
  }

  @Override
  public Node select(RequestContext context) {
    return choose(context, true);
  }

  @Override
  public Node explain(RequestContext context, Consumer<String> why) {
    why.accept(
        "has the least load for its weight of up to "
            + idleSamples
            + " that became idle, and of "
            + randomSamples
            + " drawn at random where none of these is idle or chance says so");
    return choose(context, false);
  }

  private Node choose(RequestContext context, boolean forgetting) {
    Node[] from = nodes;
    double[] by = shares;
    long[] each = lots;
    long seed = random.nextLong();
    long odd = seed | 1;
    int start = Nodes.upper(seed, from.length);
    long best = Long.MAX_VALUE;
    int looked = 0;
    int busy = 0;
    for (int at = noted.next(start); at >= 0 && looked < idleSamples; at = nextNoted(at)) {
      Node node = from[at];
      best = Math.min(best, Contender.of(node.load() * by[at], each[at] * odd, at));
      busy += Math.min(node.inFlight(), 1);
      looked++;
    }
    long bits = seed;
    int draws = busy == looked || (seed & EXPLORING) == 0 ? randomSamples : 0;
    for (int i = 0; i < draws; i++) {
      bits = Hashes.step(bits);
      int index = draw(Hashes.spread(bits));
      best = Math.min(best, Contender.of(from[index].load() * by[index], each[index] * odd, index));
    }
    Node chosen = from[Contender.index(best)];
    boolean worthless = chosen.inFlight() > 0;
    if (forgetting && (worthless || 2 * busy > looked)) {
      forget(start, looked, worthless);
    }
    return context.tried(chosen.endpoint()) ? untried(context, chosen, bits) : chosen;
  }

  private int nextNoted(int index) {
    return noted.next(index + 1 < nodes.length ? index + 1 : 0);
  }

  private int draw(long bits) {
    AliasTable table = byWeight;
    return table == null ? Nodes.upper(bits, nodes.length) : table.draw(bits);
  }

  private void forget(int start, int looked, boolean all) {
    int at = noted.next(start);
    for (int i = 0; i < looked && at >= 0; i++) {
      if (all || nodes[at].inFlight() > 0) {
        noted.clear(at);
      }
      at = nextNoted(at);
    }
  }

  /** The best of as many random nodes that were not tried; {@code otherwise} if there is none. */
  private Node untried(RequestContext context, Node otherwise, long seed) {
    long bits = seed;
    long odd = seed | 1;
    long best = Long.MAX_VALUE;
    for (int i = 0; i < idleSamples + randomSamples; i++) {
      bits = Hashes.step(bits);
      int index = draw(Hashes.spread(bits));
      if (!context.tried(nodes[index].endpoint())) {
        best =
            Math.min(
                best, Contender.of(nodes[index].load() * shares[index], lots[index] * odd, index));
      }
    }
    return best == Long.MAX_VALUE ? otherwise : nodes[Contender.index(best)];
  }
}
