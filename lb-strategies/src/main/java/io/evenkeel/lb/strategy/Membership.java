package io.evenkeel.lb.strategy;

import io.evenkeel.lb.NodeSet;
import java.util.Arrays;

/** Which nodes are in a {@link Subset}. */
interface Membership {
  /** The weight of each usable node in the subset; 0 leaves it out, and at least one is above. */
  double[] weights(NodeSet nodes);

  /**
   * The usable nodes that rank first by a hash of client and node. It comes to the same as ranking
   * all nodes, and filling up from the next ones where some cannot be used.
   */
  record ByRendezvous(String client, int size) implements Membership {
    private static final Affinity CLIENTS = Affinity.seeded(0);

    @Override
    public double[] weights(NodeSet nodes) {
      double[] weights = Nodes.weights(nodes);
      if (weights.length > size) {
        long own = CLIENTS.of(client);
        long[] ranks = Nodes.hashes(nodes);
        Arrays.setAll(ranks, i -> Hashes.mix(own ^ ranks[i]));
        long[] sorted = ranks.clone();
        Arrays.sort(sorted);
        for (int i = 0; i < weights.length; i++) {
          weights[i] = ranks[i] <= sorted[size - 1] ? weights[i] : 0;
        }
      }
      return weights;
    }

    @Override
    public String toString() {
      return "client=" + client + ", size=" + size;
    }
  }
}
