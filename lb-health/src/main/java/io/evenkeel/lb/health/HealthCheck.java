package io.evenkeel.lb.health;

/**
 * Says of endpoints whether they are up, from what it sees apart from the traffic: an active probe,
 * a heartbeat. Immutable and thread-safe; one check may serve many balancers.
 */
@FunctionalInterface
public interface HealthCheck {
  /**
   * Begins to check an endpoint. Must not block. The check should {@linkplain CheckContext#report
   * report} a first verdict before it returns; until it reports one the endpoint counts as up.
   */
  Run start(CheckContext context);

  /** The check of one endpoint in one balancer. */
  @FunctionalInterface
  interface Run extends AutoCloseable {
    /**
     * The traffic speaks against the endpoint, because a connection was refused, two requests in a
     * row have failed, or it has just been ejected: a good time to look at it, and to believe the
     * first bad sign. Must not block.
     */
    default void suspected() {}

    /** Ends the check: the endpoint or the balancer is gone. Must not block. */
    @Override
    void close();
  }
}
