package io.evenkeel.lb;

/**
 * Stands in for the selector of a snapshot while a {@link ChoiceLog} is open, so that choices which
 * nobody records run through the same code as ever.
 *
 * @param plain the snapshot as it is without; it has usable nodes
 */
record Recorder(Snapshot plain, ChoiceLog log, Faults faults) implements Selector {
  @Override
  public Node select(RequestContext context) {
    Node chosen = plain.choose(context, faults);
    log.add(chosen, context, plain.nodes().all());
    return chosen;
  }
}
