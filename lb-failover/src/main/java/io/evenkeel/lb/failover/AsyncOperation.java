package io.evenkeel.lb.failover;

import io.evenkeel.lb.Endpoint;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * What is to be done on an endpoint, without waiting for it. Called once for each attempt, by the
 * caller's thread or one that an earlier attempt ended on; must not block.
 *
 * @param <T> what it results in
 */
@FunctionalInterface
public interface AsyncOperation<T extends @Nullable Object> {
  /**
   * Begins it. The attempt lasts until the stage completes. If the attempt is given up before, the
   * stage is cancelled where it is a {@link java.util.concurrent.Future}.
   */
  CompletionStage<T> on(Endpoint endpoint) throws Exception;
}
