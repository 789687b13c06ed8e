package io.evenkeel.lb.health.probe;

import io.evenkeel.lb.AddressPolicy;
import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.health.Verdict;
import java.time.Duration;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;

/** Asks an endpoint once whether it is fit. Thread-safe. */
@FunctionalInterface
public interface HealthProbe {
  /**
   * Sends a question and returns at once: it must not block, and names are to be looked up by
   * another thread.
   *
   * @param limit when to give up; an answer that comes later is ignored, so whoever asks should let
   *     go of connections and the like by then
   * @return completes with what the endpoint said; exceptionally if it could not be asked, which
   *     counts as down. A {@link RejectedExecutionException} says that this process had no means to
   *     ask, such as a thread or a descriptor; that is not held against the endpoint, unless it
   *     goes on
   */
  CompletionStage<Verdict> probe(Endpoint endpoint, Duration limit);

  /**
   * Asks an endpoint of a balancer, whose source permits certain addresses. Where the endpoint's
   * host is a name, a probe should connect to no other address of it. By default that is not looked
   * at.
   */
  default CompletionStage<Verdict> probe(
      Endpoint endpoint, AddressPolicy addresses, Duration limit) {
    return probe(endpoint, limit);
  }
}
