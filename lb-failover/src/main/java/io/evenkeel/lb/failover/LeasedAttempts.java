package io.evenkeel.lb.failover;

import io.evenkeel.lb.Lease;
import org.jspecify.annotations.Nullable;

/**
 * The attempts of a call that may be hedged, so that two may be under way at once.
 *
 * @param <T> what they result in
 */
@FunctionalInterface
public interface LeasedAttempts<T extends @Nullable Object> {
  /**
   * An attempt that is to be made. Called by any thread; must not block.
   *
   * @param lease of the attempt. If the result is the call's, whoever called ends the lease, when
   *     nothing more comes; otherwise it is ended by what {@link LeasedAttempt#outcomes} say
   * @param limitNanos how long it may take; then it is cancelled
   */
  LeasedAttempt<T> attempt(Lease lease, long limitNanos);
}
