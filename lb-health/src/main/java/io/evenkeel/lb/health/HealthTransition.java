package io.evenkeel.lb.health;

import io.evenkeel.lb.Endpoint;
import org.jspecify.annotations.Nullable;

/**
 * An endpoint's state has changed.
 *
 * @param version counts the transitions of a registry from 1, without a gap
 * @param atNanos when, by the balancer's ticker
 * @param balancer the name of the balancer
 * @param endpoint which endpoint
 * @param from the state before; null if the endpoint has just joined
 * @param to the state now; null if the endpoint has left; the same as before if a detector that
 *     only reports, or that may eject no more, has a suspicion
 * @param why for people, safe to print
 */
public record HealthTransition(
    long version,
    long atNanos,
    String balancer,
    Endpoint endpoint,
    @Nullable HealthState from,
    @Nullable HealthState to,
    String why) {
  @Override
  public String toString() {
    return version
        + " "
        + balancer
        + " "
        + endpoint.id()
        + ": "
        + (from == null ? "joined" : from)
        + " -> "
        + (to == null ? "left" : to)
        + (why.isEmpty() ? "" : ", " + why);
  }
}
