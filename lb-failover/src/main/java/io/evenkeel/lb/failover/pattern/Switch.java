package io.evenkeel.lb.failover.pattern;

import org.jspecify.annotations.Nullable;

/**
 * A {@link Standby} has made another balancer the active one.
 *
 * @param standby the name of the standby
 * @param from the name of the balancer that was active; null if none was
 * @param to the name of the one that is active now; null if none is
 * @param cause why
 */
public record Switch(
    String standby, @Nullable String from, @Nullable String to, Switch.Cause cause) {
  /** Why it was made. */
  public enum Cause {
    /** The active one was not fit any more. */
    FAIL_OVER,
    /** A preferred one was fit for the hold-down, or people asked for it. */
    FAIL_BACK,
    /** People asked for this one. */
    ORDER,
    /** The leader has changed. */
    LEADERSHIP
  }
}
