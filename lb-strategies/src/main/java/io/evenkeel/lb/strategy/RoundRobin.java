package io.evenkeel.lb.strategy;

import io.evenkeel.lb.Node;
import io.evenkeel.lb.NodeSet;
import io.evenkeel.lb.RequestContext;
import io.evenkeel.lb.Selector;
import io.evenkeel.lb.Strategy;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Each node in turn, whatever its weight: of any n consecutive choices among n nodes, each node
 * gets one, however many threads choose. Each balancer starts at a random node, so that many
 * clients do not march in step.
 */
public final class RoundRobin implements Strategy {
  private static final RoundRobin INSTANCE = new RoundRobin();

  private RoundRobin() {}

  /** Round robin. It has no settings. */
  public static RoundRobin of() {
    return INSTANCE;
  }

  @Override
  public Selector newSelector(NodeSet nodes, @Nullable Selector previous) {
    Node[] usable = Nodes.array(nodes);
    int start =
        previous instanceof Turns turns
            ? turns.cursor.peek() % usable.length
            : nodes.random().nextInt(usable.length);
    return new Turns(usable, start);
  }

  @Override
  public String toString() {
    return "RoundRobin";
  }

  private static final class Turns implements Selector {
    private final Node[] nodes;
    private final Cursor cursor;

    Turns(Node[] nodes, int start) {
      this.nodes = nodes;
      this.cursor = new Cursor(nodes.length, 1, start);
    }

    @Override
    public Node select(RequestContext context) {
      return nodes[cursor.next()];
    }

    @Override
    public Node explain(RequestContext context, Consumer<String> why) {
      why.accept("its turn");
      return nodes[cursor.peek()];
    }
  }
}
