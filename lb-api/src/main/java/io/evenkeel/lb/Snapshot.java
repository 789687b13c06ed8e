package io.evenkeel.lb;

import io.evenkeel.lb.Explanation.Candidate;
import io.evenkeel.lb.Explanation.Exclusion;
import java.util.ArrayList;
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
  private static final int MAX_PHRASES = 16;
  private static final int MAX_PHRASE = 400;

  /**
   * Chooses a node.
   *
   * @throws NoEndpointException if there is no usable node
   */
  Node choose(RequestContext context, Faults faults) {
    Node chosen = null;
    try {
      chosen = selector.select(context);
    } catch (Throwable t) {
      faults.report(Faults.Component.STRATEGY, t);
    }
    if (chosen == null || context.tried(chosen.endpoint())) {
      return instead(chosen, context);
    }
    return chosen;
  }

  /** The same, with choices that go into this log and no other; null for none. */
  Snapshot recorded(@Nullable ChoiceLog log, Faults faults) {
    Snapshot plain = plain();
    return log == null || nodes.usable().isEmpty()
        ? plain
        : new Snapshot(set, nodes, new Recorder(plain, log, faults), refusal);
  }

  private Snapshot plain() {
    return selector instanceof Recorder recorder ? recorder.plain() : this;
  }

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

  /** As a choice, but it leaves no mark and says why. */
  Explanation explain(
      RequestContext context, String balancer, Strategy strategy, boolean panic, long nowNanos) {
    List<String> why = new ArrayList<>();
    Node chosen = null;
    try {
      chosen = plain().selector.explain(context, phrase -> say(why, phrase));
    } catch (Throwable t) {
      Faults.throwIfFatal(t);
      say(why, "the strategy failed: " + t);
    }
    List<Candidate> candidates = candidates(context);
    NoEndpointException reason = null;
    if (nodes.usable().isEmpty()) {
      reason = refusal;
    } else if (chosen == null || context.tried(chosen.endpoint())) {
      say(why, chosen == null ? "left to chance" : chosen.endpoint().id() + " was tried before");
      chosen = instead(chosen, context);
    }
    return new Explanation(
        balancer,
        Printable.line(strategy.toString(), MAX_PHRASE),
        nowNanos,
        panic,
        candidates,
        why,
        chosen == null ? null : chosen.endpoint(),
        reason);
  }

  private static void say(List<String> why, String phrase) {
    if (why.size() < MAX_PHRASES) {
      why.add(Printable.line(phrase, MAX_PHRASE));
    }
  }

  private List<Candidate> candidates(RequestContext context) {
    List<Candidate> candidates = new ArrayList<>(nodes.all().size());
    int next = 0;
    for (Node node : nodes.all()) {
      boolean offered = next < nodes.usable().size() && nodes.usable().get(next) == node;
      double weight = offered ? nodes.weight(next++) : 0;
      Endpoint endpoint = node.endpoint();
      candidates.add(
          new Candidate(
              endpoint,
              node.inFlight(),
              node.load(),
              weight,
              node.health,
              exclusion(node, offered, context)));
    }
    return candidates;
  }

  private static @Nullable Exclusion exclusion(Node node, boolean offered, RequestContext context) {
    Endpoint endpoint = node.endpoint();
    if (!offered) {
      return endpoint.weight() == 0 || node.withdrawn ? Exclusion.DRAINED : Exclusion.UNFIT;
    }
    return context.tried(endpoint) ? Exclusion.TRIED : null;
  }
}
