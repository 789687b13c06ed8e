package io.evenkeel.lb.strategy;

import io.evenkeel.lb.Node;
import io.evenkeel.lb.NodeSet;
import io.evenkeel.lb.RequestContext;
import io.evenkeel.lb.Selector;
import io.evenkeel.lb.Strategy;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** Any node with the same chance, whatever its weight. */
public final class RandomChoice implements Strategy {
  private static final RandomChoice INSTANCE = new RandomChoice();

  private RandomChoice() {}

  /** Random choice. It has no settings. */
  public static RandomChoice of() {
    return INSTANCE;
  }

  @Override
  public Selector newSelector(NodeSet nodes, @Nullable Selector previous) {
    return new Draw(Nodes.array(nodes), nodes.random());
  }

  @Override
  public String toString() {
    return "RandomChoice";
  }

  private static final class Draw implements Selector {
    private final Node[] nodes;
    private final RandomGenerator random;

    Draw(Node[] nodes, RandomGenerator random) {
      this.nodes = nodes;
      this.random = random;
    }

    @Override
    public Node select(RequestContext context) {
      return nodes[Nodes.upper(random.nextLong(), nodes.length)];
    }

    @Override
    public Node explain(RequestContext context, Consumer<String> why) {
      why.accept("drawn at random");
      return select(context);
    }
  }
}
