package io.evenkeel.lb.strategy;

import io.evenkeel.lb.Node;
import io.evenkeel.lb.NodeSet;
import io.evenkeel.lb.RequestContext;
import io.evenkeel.lb.Selector;
import io.evenkeel.lb.Strategy;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Bounds how many requests a node has in flight, whatever the inner strategy would like (Mirrokni,
 * Thorup and Zadimoghaddam, "Consistent hashing with bounded loads", 2016). Around a hashing
 * strategy it keeps a popular key from overrunning its node. A node takes one more request only
 * while it has fewer than
 *
 * <pre>
 * ceil(factor * (in flight on all nodes + 1) * its part of their weight)
 * </pre>
 *
 * <p>The bound is strict: a choice passes over nodes that are full, and {@link Node#begin} refuses
 * if others were quicker, so that it holds for any number of threads.
 *
 * <p>A request that finds its node full goes to its affinity's own next choices, in an order of its
 * own that does not change when other nodes come and go, so that a full node's requests are spread
 * over all others and each key meets the same few nodes. One without affinity goes to any node with
 * room, by weight. Finding the next choice looks at every node.
 *
 * <p>What counts is this balancer's own requests. Inside tiers, zones and subsets each of them has
 * a bound of its own.
 */
public final class BoundedLoad extends Decorator {
  private static final double DEFAULT_FACTOR = 1.25;
  private static final int MOST = 100;

  private final double factor;

  private BoundedLoad(Strategy inner, double factor) {
    super(Layer.BOUND, inner);
    this.factor = Expect.within("factor", factor, 1, MOST);
  }

  /**
   * With a factor of 1.25: at most a quarter more than its share on any node.
   *
   * @throws IllegalArgumentException if the inner strategy has a bound, tiers, zones, a subset or a
   *     {@link SlowStart} in it
   */
  public static BoundedLoad of(Strategy inner) {
    return new BoundedLoad(inner, DEFAULT_FACTOR);
  }

  /**
   * With another factor.
   *
   * @param factor from 1 to 100; the nearer to 1, the more even are the loads, and the more
   *     requests go elsewhere
   * @throws IllegalArgumentException if the factor is not in its range, or the inner strategy has a
   *     bound, tiers, zones, a subset or a {@link SlowStart} in it
   */
  public static BoundedLoad of(Strategy inner, double factor) {
    return new BoundedLoad(inner, factor);
  }

  @Override
  public boolean boundsLoad() {
    return true;
  }

  @Override
  public Selector newSelector(NodeSet nodes, @Nullable Selector previous) {
    nodes.boundLoad(factor);
    Selector before = previous instanceof Bounded bounded ? bounded.inner : null;
    return new Bounded(inner.newSelector(nodes, before), new Bids(nodes), nodes.random());
  }

  @Override
  public String toString() {
    return "BoundedLoad[factor=" + factor + ", inner=" + inner + "]";
  }

  private record Bounded(Selector inner, Bids order, RandomGenerator random) implements Selector {
    @Override
    public @Nullable Node select(RequestContext context) {
      Node node = inner.select(context);
      return fits(node, context) ? node : elsewhere(context, node);
    }

    private @Nullable Node elsewhere(RequestContext context, @Nullable Node full) {
      Node next = order.next(context, Hashes.key(context, random));
      return next == null ? full : next;
    }

    private static boolean fits(@Nullable Node node, RequestContext context) {
      return node != null && node.hasRoom() && !context.tried(node.endpoint());
    }

    @Override
    public @Nullable Node explain(RequestContext context, Consumer<String> why) {
      Node node = inner.explain(context, why);
      if (fits(node, context)) {
        return node;
      }
      if (node != null) {
        why.accept(node.endpoint().id() + " has no room under its bound, or was tried");
      }
      return elsewhere(context, node);
    }
  }
}
