package io.evenkeel.lb.spring;

import static java.lang.System.Logger.Level.WARNING;

import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.Node;
import io.evenkeel.lb.failover.Failover;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A service and all that was made for it.
 *
 * @param name the host in URLs, in lower case
 * @param affinity of its requests
 * @param deadlineHeader in which attempts say how long the call may still take
 * @param owned what is to be closed after the balancer
 */
record Service(
    String name,
    Balancer balancer,
    Failover failover,
    AffinityOfRequests affinity,
    @Nullable String deadlineHeader,
    List<AutoCloseable> owned) {
  private static final System.Logger LOG = System.getLogger("io.evenkeel.lb.spring");

  /** How many requests are in flight at all of its endpoints. */
  long inFlight() {
    return balancer.nodes().stream().mapToLong(Node::inFlight).sum();
  }

  void close() {
    balancer.close();
    close(owned);
  }

  static void close(List<AutoCloseable> owned) {
    for (AutoCloseable each : owned) {
      try {
        each.close();
      } catch (Exception e) {
        LOG.log(WARNING, () -> each + " could not be closed", e);
      }
    }
  }
}
