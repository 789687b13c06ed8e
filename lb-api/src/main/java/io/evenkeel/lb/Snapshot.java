package io.evenkeel.lb;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * All that a choice looks at, immutable behind one volatile field of the engine.
 *
 * @param set the endpoints that it stands for
 * @param nodes their nodes
 * @param selector chooses among the usable ones; always null where there is none
 * @param refusal what a request gets when there is nothing to choose
 */
record Snapshot(EndpointSet set, NodeSet nodes, Selector selector, NoEndpointException refusal) {

  /**
   * A node at random by weight, for a request that the selector had no untried node for.
   *
   * @param chosen the selector's own choice, taken when every usable node was tried
   * @throws NoEndpointException if there is no usable node
   */
  Node instead(@Nullable Node chosen, RequestContext context) {
    List<Node> usable = nodes.usable();
    if (usable.isEmpty()) {
      throw refusal;
    }
    double untried = 0;
    for (int i = 0; i < usable.size(); i++) {
      Node node = usable.get(i);
      untried += context.tried(node.endpoint()) ? 0 : node.weight();
    }
    if (untried == 0) {
      return chosen != null ? chosen : usable.get(nodes.random().nextInt(usable.size()));
    }
    double ticket = nodes.random().nextDouble() * untried;
    Node last = usable.get(0);
    for (int i = 0; i < usable.size(); i++) {
      Node node = usable.get(i);
      double weight = context.tried(node.endpoint()) ? 0 : node.weight();
      if (weight > 0) {
        last = node;
        ticket -= weight;
        if (ticket < 0) {
          break;
        }
      }
    }
    return last;
  }
}
