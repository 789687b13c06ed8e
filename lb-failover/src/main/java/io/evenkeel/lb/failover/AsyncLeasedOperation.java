package io.evenkeel.lb.failover;

import io.evenkeel.lb.Lease;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * What is to be done on an endpoint without waiting for it, for adapters of clients whose requests
 * go on after a result is there, such as responses whose body is still to be read. Called once for
 * each attempt, by the caller's thread, one that an earlier attempt ended on or the scheduler's;
 * must not block. Two attempts may be under way at once if calls are hedged.
 *
 * @param <T> what it results in. One that nobody needs is closed where it is {@link AutoCloseable}
 */
@FunctionalInterface
public interface AsyncLeasedOperation<T extends @Nullable Object> {
  /**
   * Begins it. The attempt lasts until the stage completes. If the attempt is given up before, the
   * stage is cancelled where it is a {@link java.util.concurrent.Future}.
   *
   * @param lease of the attempt. If the result is the call's, whoever called ends the lease, when
   *     nothing more comes; otherwise it is ended by what {@link Outcomes} say
   * @param limitNanos after which the attempt is given up
   */
  CompletionStage<T> on(Lease lease, long limitNanos) throws Exception;
}
