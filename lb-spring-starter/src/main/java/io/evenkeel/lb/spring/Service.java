package io.evenkeel.lb.spring;

import io.evenkeel.lb.failover.Failover;
import org.jspecify.annotations.Nullable;

/**
 * A service as settings have made it. A request goes by one of these from its beginning to its end,
 * but for the balancer of its attempts, which is the present one.
 *
 * @param balancer who chooses, whatever is behind it at present
 * @param backing what this service is made of
 * @param failover over the balancer
 * @param live of the failover
 * @param affinity of its requests
 * @param deadlineHeader in which attempts say how long the call may still take
 * @param settings that it was made of
 */
record Service(
    PresentService balancer,
    Backing backing,
    Failover failover,
    Calls.Live live,
    AffinityOfRequests affinity,
    @Nullable String deadlineHeader,
    Effective settings) {

  /** The host in URLs, in lower case. */
  String name() {
    return balancer.name();
  }

  /** How many requests are in flight at all of its endpoints. */
  long inFlight() {
    return Backing.inFlight(backing.balancer().nodes());
  }

  void close() {
    backing.close();
  }
}
