package io.evenkeel.lb.failover.pattern;

import org.jspecify.annotations.Nullable;

/**
 * Says which balancer of a {@link Standby} is the primary, in place of health: an election, a lease
 * held at a coordinator, a flag that people set. Thread-safe.
 *
 * <p>Whoever implements this with leases tells that nobody leads before another may begin to, by
 * its own clock; then no two are active at once, however many clients watch.
 */
@FunctionalInterface
public interface Leadership {
  /**
   * Begins to tell of the leader: at once if there is one, and whenever it changes. The listener is
   * called by one thread at a time, in the order of the changes, and is quick.
   */
  Watch watch(Listener listener);

  /** Is told who leads. */
  @FunctionalInterface
  interface Listener {
    /**
     * A leader has begun, or the last one has ended.
     *
     * @param balancer the name of the leader's balancer; null when nobody leads
     */
    void leads(@Nullable String balancer);
  }

  /** A listener's interest. */
  @FunctionalInterface
  interface Watch extends AutoCloseable {
    /** Ends it: the listener is not called from now on, but for a call that is under way. */
    @Override
    void close();
  }
}
