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
 * sequence). A table holds the owners of up to 2^14 slots, or of as many stretches of equal length;
 * in a stretch of several owners {@link SlotTable} finds the one.
 */
public final class WeightedRoundRobin implements Strategy {
  /** 64 KB. */
  private static final int OWNERS_BITS = 14;

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
    SlotTable slots = new SlotTable(weights);
    int start =
        previous instanceof Turns turns && Arrays.equals(turns.weights, weights)
            ? turns.cursor.peek()
            : nodes.random().nextInt(slots.size());
    return new Turns(usable, weights, slots, start);
  }

  @Override
  public String toString() {
    return "WeightedRoundRobin";
  }

  private static final class Turns implements Selector {
    private final Node[] nodes;
    private final int[] weights;
    private final SlotTable slots;
    private final Cursor cursor;

    /** The owner of each stretch of 2^shift slots; null where there are several. */
    private final @Nullable Node[] owners;

    private final int shift;

    Turns(Node[] nodes, int[] weights, SlotTable slots, int start) {
      this.nodes = nodes;
      this.weights = weights;
      this.slots = slots;
      this.cursor = new Cursor(slots.size(), WholeWeights.evenStep(slots.size()), start);
      int last = slots.size() - 1;
      this.shift = Math.max(0, Integer.SIZE - Integer.numberOfLeadingZeros(last) - OWNERS_BITS);
      this.owners = new Node[(last >>> shift) + 1];
      for (int stretch = 0; stretch < owners.length; stretch++) {
        int owner = slots.owner(stretch << shift);
        int end = (int) Math.min(last, ((stretch + 1L) << shift) - 1);
        owners[stretch] = owner == slots.owner(end) ? nodes[owner] : null;
      }
    }

    @Override
    public Node select(RequestContext context) {
      int slot = cursor.next();
      Node owner = owners[slot >>> shift];
      return owner != null ? owner : nodes[slots.owner(slot)];
    }

    @Override
    public Node explain(RequestContext context, Consumer<String> why) {
      int owner = slots.owner(cursor.peek());
      why.accept("its turn, one of " + weights[owner] + " in " + slots.size());
      return nodes[owner];
    }
  }
}
