package io.evenkeel.lb.strategy;

import io.evenkeel.lb.NodeSet;
import io.evenkeel.lb.Selector;
import io.evenkeel.lb.Strategy;
import org.jspecify.annotations.Nullable;

/**
 * Keeps requests of one {@linkplain io.evenkeel.lb.RequestContext#affinity() affinity} on one node
 * by rendezvous (Thaler and Ravishankar, "Using name-based mappings to increase hit rates", 1998):
 * a hash of key and node is each node's bid, and the highest wins. Shares follow the weights
 * exactly, and when a node leaves or a weight changes only the keys move that must. A choice looks
 * at every node, so it is for up to some hundred; {@link RingHash} and {@link Maglev} do not.
 *
 * <p>With unequal weights the bid is -weight / ln(u) for a hash u in (0, 1) (Schindelhauer and
 * Schomaker, "Weighted distributed hash tables", 2005). Requests without affinity go to nodes at
 * random, by weight.
 */
public final class Rendezvous implements Strategy {
  private static final Rendezvous INSTANCE = new Rendezvous();

  private Rendezvous() {}

  /** Rendezvous hashing. It has no settings. */
  public static Rendezvous of() {
    return INSTANCE;
  }

  @Override
  public Selector newSelector(NodeSet nodes, @Nullable Selector previous) {
    return new Bids(nodes);
  }

  @Override
  public String toString() {
    return "Rendezvous";
  }
}
