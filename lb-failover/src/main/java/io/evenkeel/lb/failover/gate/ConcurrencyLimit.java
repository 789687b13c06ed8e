package io.evenkeel.lb.failover.gate;

import java.util.random.RandomGenerator;

/**
 * How to find out how many requests an endpoint can take at a time. Immutable and thread-safe; one
 * may serve many endpoints.
 */
@FunctionalInterface
public interface ConcurrencyLimit {
  /**
   * The live limit of one endpoint.
   *
   * @param random the balancer's source of chance
   */
  LimitMeter newMeter(RandomGenerator random);
}
