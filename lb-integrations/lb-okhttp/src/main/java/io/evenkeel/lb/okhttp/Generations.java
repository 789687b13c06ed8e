package io.evenkeel.lb.okhttp;

import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.Node;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The generations of the endpoints' pooled connections. One ends with a request that waited for its
 * endpoint in vain: if its host has vanished, the idle connections lead nowhere as well, and each
 * would cost a request its time-out. They stay in the pool until it drops them, but no request
 * finds them, since a {@link PinnedDns} is of one generation.
 *
 * <p>What began in an older generation does not end the present one. So however many requests wait
 * for an endpoint at once, its connections are given up once, and those of an endpoint that is
 * merely slow not more often than once in a time-out.
 *
 * <p>Thread-safe. Has entries for endpoints that have timed out; once there are more than the
 * balancer has nodes, those of endpoints that are gone are dropped. One that comes back after that
 * may meet connections that it left behind.
 */
final class Generations {
  private final Balancer balancer;
  private final ConcurrentHashMap<String, Integer> numbers = new ConcurrentHashMap<>();

  Generations(Balancer balancer) {
    this.balancer = balancer;
  }

  /** That of connections which may be used for the endpoint. */
  int present(Endpoint endpoint) {
    return numbers.getOrDefault(endpoint.id(), 0);
  }

  /** Begins the next one, if this one is present. */
  void end(Endpoint endpoint, int generation) {
    boolean ended =
        generation == 0
            ? numbers.putIfAbsent(endpoint.id(), 1) == null
            : numbers.replace(endpoint.id(), generation, generation + 1);
    if (ended && numbers.size() > balancer.nodes().size()) {
      prune();
    }
  }

  private void prune() {
    Set<String> members = new HashSet<>();
    for (Node node : balancer.nodes()) {
      members.add(node.endpoint().id());
    }
    numbers.keySet().retainAll(members);
  }

  int size() {
    return numbers.size();
  }

  @Override
  public String toString() {
    return numbers.toString();
  }
}
