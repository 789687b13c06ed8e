package io.evenkeel.lb.failover;

import io.evenkeel.lb.Lease;
import org.jspecify.annotations.Nullable;

/**
 * What is to be done on an endpoint, for adapters of clients whose requests go on after a result is
 * there, such as responses whose body is still to be read. Called once for each attempt.
 *
 * @param <T> what it results in
 */
@FunctionalInterface
public interface LeasedOperation<T extends @Nullable Object> {
  /**
   * Does it, and returns the result, or throws what the endpoint or the way to it did; {@link
   * StaleConnectionException} where that was a connection of the pool which was closed already.
   *
   * @param lease of the attempt. If the result is the call's, whoever called ends the lease, when
   *     nothing more comes; otherwise it is ended by what {@link Outcomes} say
   * @param limitNanos how long the attempt may take; its thread is interrupted soon after
   */
  T on(Lease lease, long limitNanos) throws Exception;
}
