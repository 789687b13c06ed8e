package io.evenkeel.lb.spring;

import static java.lang.System.Logger.Level.WARNING;

import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.Node;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A balancer, and what was made for it alone.
 *
 * @param given where endpoints are published that properties list; null if it has others
 * @param owned what is to be closed after the balancer
 */
record Backing(Balancer balancer, @Nullable GivenEndpoints given, List<AutoCloseable> owned) {
  private static final System.Logger LOG = System.getLogger("io.evenkeel.lb.spring");

  /** How many requests are in flight at all of its endpoints. */
  static long inFlight(List<Node> nodes) {
    return nodes.stream().mapToLong(Node::inFlight).sum();
  }

  /** Requests that are in flight may still end. */
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
