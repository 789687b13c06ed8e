package io.evenkeel.lb.spring.metrics;

import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationHandler;
import io.micrometer.observation.ObservationRegistry;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/** A registry of observations, and what has ended in it. */
final class Notes implements ObservationHandler<Observation.Context> {
  final ObservationRegistry registry = ObservationRegistry.create();
  final Queue<String> started = new ConcurrentLinkedQueue<>();
  final Queue<String> ended = new ConcurrentLinkedQueue<>();
  final Queue<String> events = new ConcurrentLinkedQueue<>();
  final Queue<String> parents = new ConcurrentLinkedQueue<>();
  final Queue<String> errors = new ConcurrentLinkedQueue<>();

  Notes() {
    registry.observationConfig().observationHandler(this);
  }

  @Override
  public boolean supportsContext(Observation.Context context) {
    return true;
  }

  @Override
  public void onStart(Observation.Context context) {
    started.add(context.getName());
  }

  @Override
  public void onEvent(Observation.Event event, Observation.Context context) {
    events.add(context.getName() + " " + event.getContextualName());
  }

  @Override
  public void onError(Observation.Context context) {
    errors.add(context.getName() + " " + context.getError());
  }

  @Override
  public void onStop(Observation.Context context) {
    ended.add(context.getName() + context.getAllKeyValues());
    if (context.getParentObservation() != null) {
      parents.add(String.valueOf(context.getParentObservation().getContextView().getName()));
    }
  }

  /** The calls to services that have ended. */
  List<String> calls() {
    return ended.stream().filter(each -> each.startsWith("lb.call")).toList();
  }

  /** Those of others. */
  List<String> others() {
    return ended.stream().filter(each -> !each.startsWith("lb.call")).toList();
  }

  void clear() {
    started.clear();
    ended.clear();
    events.clear();
    parents.clear();
    errors.clear();
  }
}
