package io.evenkeel.lb;

import java.util.concurrent.CompletionStage;

/**
 * Asks an endpoint how loaded it is, apart from any request. Thread-safe.
 *
 * <p>Strategies that probe never let a request wait for an answer. An answer should take no longer
 * than a fraction of a second, or it says little by the time it comes; one that does not come is
 * given up.
 */
@FunctionalInterface
public interface Probe {
  /**
   * Sends a question and returns at once.
   *
   * @return completes with what the endpoint said, exceptionally if it said nothing
   */
  CompletionStage<LoadReport> probe(Endpoint endpoint);

  /**
   * Asks an endpoint of a balancer, whose source permits certain addresses. Where the endpoint's
   * host is a name, a probe should connect to no other address of it. By default that is not looked
   * at.
   */
  default CompletionStage<LoadReport> probe(Endpoint endpoint, AddressPolicy addresses) {
    return probe(endpoint);
  }
}
