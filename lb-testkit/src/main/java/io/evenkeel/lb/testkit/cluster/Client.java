package io.evenkeel.lb.testkit.cluster;

import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.NoEndpointException;
import io.evenkeel.lb.Node;
import io.evenkeel.lb.Outcome;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A client in one run: sends requests through its own balancer, and sends them again elsewhere as
 * often as the cluster allows.
 *
 * <p>Uses {@code select}, {@code begin} and {@code end}, not leases: a balancer keeps leases by
 * identity, and the order in which it would expire forgotten ones could differ from run to run.
 */
final class Client {
  private final Balancer balancer;
  private final List<LiveServer> servers;
  private final Timeline timeline;
  private final Tally tally;
  private final int maxAttempts;
  private final Timeouts timeouts;
  private final Way way;

  /**
   * @param servers all servers; the one with port p is at p - 1
   */
  Client(
      Balancer balancer,
      List<LiveServer> servers,
      Timeline timeline,
      Tally tally,
      int maxAttempts,
      Timeouts timeouts,
      Way way) {
    this.balancer = balancer;
    this.servers = servers;
    this.timeline = timeline;
    this.tally = tally;
    this.maxAttempts = maxAttempts;
    this.timeouts = timeouts;
    this.way = way;
  }

  long now() {
    return timeline.read();
  }

  void send(Request request) {
    attempt(request, null);
  }

  /** Tries once, or ends the request if there is nowhere to go. */
  private void attempt(Request request, @Nullable Outcome before) {
    Node node;
    long stamp;
    try {
      node = balancer.select(request);
      stamp = node.begin();
      while (stamp == Node.REFUSED) {
        if (!request.refusedBy(node.endpoint())) {
          tally.ended(request, before);
          return;
        }
        node = balancer.select(request);
        stamp = node.begin();
      }
    } catch (NoEndpointException e) {
      // One of the ways in which a request ends here; the result counts it.
      tally.ended(request, before);
      return;
    }
    request.begin();
    LiveServer server = servers.get(node.endpoint().port() - 1);
    Attempt attempt = new Attempt(this, request, server, node, stamp);
    if (request.isMeasured()) {
      server.tally().began(now());
    }
    timeouts.watch(attempt);
    way.travel(server, () -> server.receive(attempt));
  }

  /** Lets a response happen when it has come all the way from a server. */
  void travel(LiveServer server, Runnable arrival) {
    way.travel(server, arrival);
  }

  /** An attempt has ended. */
  void ended(Request request, LiveServer server, long latencyNanos, Outcome outcome) {
    if (request.isMeasured()) {
      server.tally().ended(outcome, latencyNanos);
    }
    if (outcome.isFailure() && request.attempts() < maxAttempts) {
      request.failedAt(server.endpoint());
      attempt(request, outcome);
    } else {
      tally.ended(request, outcome);
    }
  }

  /**
   * Closes the balancer.
   *
   * @throws IllegalStateException if it still counts requests as in flight
   */
  void close() {
    for (Node node : balancer.nodes()) {
      if (node.inFlight() != 0) {
        throw new IllegalStateException(
            balancer.name() + ": in flight at the end: " + node + " (expected: 0)");
      }
    }
    balancer.close();
  }
}
