package io.evenkeel.lb;

import org.jspecify.annotations.Nullable;

/**
 * How to choose among endpoints. Immutable and thread-safe; one strategy may serve many balancers.
 *
 * <p>The balancer calls {@link #newSelector} whenever the nodes, their weights or their health
 * change, and when the last call {@linkplain NodeSet#renewAfter asked for it}, never on the request
 * path, and never two calls at a time for one balancer. If it throws, the balancer reports that and
 * chooses at random until a later call succeeds.
 *
 * <p>A strategy never looks at health: it is offered the nodes that may be used, with their {@link
 * NodeSet#weight weight} lowered where they are not fully fit. A strategy that decorates another
 * changes those weights ({@link NodeSet#reweighted}) and hands the set on.
 *
 * <p>As a {@link java.util.ServiceLoader} service this names the strategy of balancers that are
 * built without one. The {@code lb-strategies} artifact provides it.
 */
public interface Strategy {
  /**
   * Live state that chooses among these nodes.
   *
   * @param nodes the nodes to choose from, of which at least one is usable
   * @param previous what the last call for this balancer returned, so that cursors and the like can
   *     go on where they were; null on the first call
   */
  Selector newSelector(NodeSet nodes, @Nullable Selector previous);

  /**
   * Whether selectors of this strategy {@linkplain NodeSet#boundLoad bound} the loads of their
   * nodes. Always the same for a strategy. The nodes of such a balancer count in a way that costs
   * some nanoseconds more.
   */
  default boolean boundsLoad() {
    return false;
  }

  /** What load means to this strategy; the balancer keeps a meter of it on each node. */
  default LoadMetric loadMetric() {
    return LoadMetric.inFlight();
  }
}
