package io.evenkeel.lb.testkit.rig;

import static java.util.Objects.requireNonNull;

import io.evenkeel.lb.Outcome;

/**
 * What came of a request of an {@link OpenLoopLoad}.
 *
 * @param endpoint the id of the endpoint that it went to; {@link #NOWHERE} if it went to none
 * @param outcome how it ended
 * @param why it ended so, for people to read; empty if there is nothing to say
 */
public record Reply(String endpoint, Outcome outcome, String why) {
  /** The endpoint of requests that went to none. */
  public static final String NOWHERE = "nowhere";

  /** None may be null. */
  public Reply {
    requireNonNull(endpoint, "endpoint");
    requireNonNull(outcome, "outcome");
    requireNonNull(why, "why");
  }

  /** One of which there is nothing more to say. */
  public Reply(String endpoint, Outcome outcome) {
    this(endpoint, outcome, "");
  }
}
