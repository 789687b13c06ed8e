package io.evenkeel.lb.failover;

import org.jspecify.annotations.Nullable;

/**
 * One attempt of a call that may be hedged, for adapters of clients whose requests go on after a
 * result is there.
 *
 * @param <T> what it results in
 */
public interface LeasedAttempt<T extends @Nullable Object> {
  /** What judges its end, by any thread; also, by a {@code TimeoutException}, that it took long. */
  Outcomes outcomes();

  /**
   * Makes it, on a thread of its own, and returns the result, or throws what the endpoint or the
   * way to it did. Called once at most.
   */
  T make() throws Exception;

  /**
   * Ends it if it is under way, or as soon as it is; another has won, it took too long, or the call
   * was cancelled. Its lease has ended by then. Called by any thread, once at most; must not block.
   */
  void cancel();
}
