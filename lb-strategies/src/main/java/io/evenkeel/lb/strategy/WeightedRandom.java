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
 * Any node with a chance in proportion to its weight. A choice costs the same for any number of
 * nodes (an alias table, after Walker and Vose).
 */
public final class WeightedRandom implements Strategy {
  private static final WeightedRandom INSTANCE = new WeightedRandom();

  private WeightedRandom() {}

  /** Weighted random choice. It has no settings. */
  public static WeightedRandom of() {
    return INSTANCE;
  }

  @Override
  public Selector newSelector(NodeSet nodes, @Nullable Selector previous) {
    return new Draw(nodes);
  }

  @Override
  public String toString() {
    return "WeightedRandom";
  }

  private static final class Draw implements Selector {
    private final Node[] nodes;
    private final AliasTable table;
    private final RandomGenerator random;

    Draw(NodeSet set) {
      this.nodes = Nodes.array(set);
      this.table = new AliasTable(Nodes.weights(set));
      this.random = set.random();
    }

    @Override
    public Node select(RequestContext context) {
      return nodes[table.draw(random.nextLong())];
    }

    @Override
    public Node explain(RequestContext context, Consumer<String> why) {
      why.accept("drawn at random by weight");
      return select(context);
    }
  }
}
