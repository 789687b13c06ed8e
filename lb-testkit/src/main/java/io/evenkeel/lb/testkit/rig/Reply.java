package io.evenkeel.lb.testkit.rig;

import static java.util.Objects.requireNonNull;

import io.evenkeel.lb.Outcome;

/**
 * What came of a request of an {@link OpenLoopLoad}.
 *
 * @param endpoint the id of the endpoint that it went to; {@link #NOWHERE} if it went to none
 * @param outcome how it ended
 */
public record Reply(String endpoint, Outcome outcome) {
  /** The endpoint of requests that went to none. */
  public static final String NOWHERE = "nowhere";

  /** Neither may be null. */
  public Reply {
    requireNonNull(endpoint, "endpoint");
    requireNonNull(outcome, "outcome");
  }
}
