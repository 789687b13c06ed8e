package io.evenkeel.lb.health.probe;

import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.health.Verdict;
import java.time.Duration;
import java.util.concurrent.CompletionStage;

/** Asks an endpoint once whether it is fit. Thread-safe. */
@FunctionalInterface
public interface HealthProbe {
  /**
   * Sends a question and returns at once.
   *
   * @param limit when to give up; an answer that comes later is ignored, so whoever asks should let
   *     go of connections and the like by then
   * @return completes with what the endpoint said; exceptionally if it could not be asked, which
   *     counts as down
   */
  CompletionStage<Verdict> probe(Endpoint endpoint, Duration limit);
}
