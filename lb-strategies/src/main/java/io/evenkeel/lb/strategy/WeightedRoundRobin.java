package io.evenkeel.lb.strategy;

import io.evenkeel.lb.Node;
import io.evenkeel.lb.NodeSet;
import io.evenkeel.lb.RequestContext;
import io.evenkeel.lb.Selector;
import io.evenkeel.lb.Strategy;
import java.util.Arrays;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Nodes in turn in proportion to their weights, evenly interleaved: weights 5, 1, 1 give a a b a c
 * a a, as in nginx. With whole weights that add up to W, of any W consecutive choices each node
 * gets exactly its weight, however many threads choose. Weights with up to six decimals are made
 * whole; others are rounded to a part in 2^28, never to nothing. Each balancer starts at a random
 * place in the cycle, and again at another one whenever the weights in use change: a node that
 * comes, goes, or is judged anew changes the cycle, and in the new one the old place means nothing.
 *
 * <p>A choice takes a constant number of steps on average, for any number of nodes and any weights.
 * Nodes own intervals of W slots; a cursor steps through the slots by the golden section of W,
 * which visits each once in W steps and spreads the visits to any interval evenly (a Weyl
 * sequence). {@link SlotTable} finds the owner.
 */
public final class WeightedRoundRobin implements Strategy {
  private static final WeightedRoundRobin INSTANCE = new WeightedRoundRobin();

  private WeightedRoundRobin() {}

  /** Weighted round robin. It has no settings. */
  public static WeightedRoundRobin of() {
    return INSTANCE;
  }

  @Override
  public Selector newSelector(NodeSet nodes, @Nullable Selector previous) {
    Node[] usable = Nodes.array(nodes);
    int[] weights = WholeWeights.of(Nodes.weights(nodes));
    SlotTable slots = new SlotTable(usable, weights);
    int start =
        previous instanceof Turns turns && Arrays.equals(turns.weights, weights)
            ? turns.cursor.peek()
            : nodes.random().nextInt(slots.size());
    return new Turns(weights, slots, start);
  }

  @Override
  public String toString() {
    return "WeightedRoundRobin";
  }

  private static final class Turns implements Selector {
    private final int[] weights;
    private final SlotTable slots;
    private final Cursor cursor;

    Turns(int[] weights, SlotTable slots, int start) {
      this.weights = weights;
      this.slots = slots;
      this.cursor = new Cursor(slots.size(), WholeWeights.evenStep(slots.size()), start);
    }

    @Override
    public Node select(RequestContext context) {
      return slots.owner(cursor.next());
    }

    @Override
    public Node explain(RequestContext context, Consumer<String> why) {
      int slot = cursor.peek();
      why.accept("its turn, one of " + weights[slots.interval(slot)] + " in " + slots.size());
      return slots.owner(slot);
    }
  }
}
