package io.evenkeel.lb.failover;

import io.evenkeel.lb.Endpoint;
import org.jspecify.annotations.Nullable;

/**
 * What is to be done on an endpoint, on the caller's thread. Called once for each attempt.
 *
 * @param <T> what it results in
 */
@FunctionalInterface
public interface Operation<T extends @Nullable Object> {
  /** Does it, and returns the result, or throws what the endpoint or the way to it did. */
  T on(Endpoint endpoint) throws Exception;
}
