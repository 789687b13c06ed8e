package io.evenkeel.lb.testkit.cluster;

import io.evenkeel.lb.LoadReport;
import io.evenkeel.lb.Node;
import io.evenkeel.lb.Outcome;
import org.jspecify.annotations.Nullable;

/**
 * One try of a request at one server. It runs when its work there is done.
 *
 * <p>It ends for the client once, by the answer or by the client's timeout. The server is not told
 * of a timeout: like most servers it goes on working, which is why retries can overload.
 */
final class Attempt implements Runnable {
  static final long NEVER = Long.MAX_VALUE;

  private final Client client;
  private final Request request;
  private final LiveServer server;
  private final Node node;
  private final long stamp;
  private boolean ended;

  /** The server's: the work that was left when its speed last changed, in nanoseconds. */
  double work;

  /** The server's: its place among those in service. */
  int slot;

  /** The server's: when it came. */
  long arrivedAt;

  /** How many requests the server had when it came, itself included. */
  int found;

  /** The server's. What is planned for another time is out of date. */
  long finishAt = NEVER;

  Attempt(Client client, Request request, LiveServer server, Node node, long stamp) {
    this.client = client;
    this.request = request;
    this.server = server;
    this.node = node;
    this.stamp = stamp;
  }

  @Override
  public void run() {
    if (finishAt == client.now()) {
      finishAt = NEVER;
      server.finish(this);
    }
  }

  /** When it began, which is what the balancer stamped it with. */
  long begunAt() {
    return stamp;
  }

  /** Whether it has ended for the client. */
  boolean hasEnded() {
    return ended;
  }

  /**
   * The server responds. That ends it when the response arrives, unless it has ended before.
   *
   * @param report what comes with the response; null if nothing does
   */
  void answer(Outcome outcome, @Nullable LoadReport report) {
    client.travel(server, () -> arrive(outcome, report));
  }

  private void arrive(Outcome outcome, @Nullable LoadReport report) {
    if (!ended && report != null) {
      node.report(report);
    }
    end(outcome);
  }

  /** Ends it for the client, unless it has ended. */
  void end(Outcome outcome) {
    if (!ended) {
      ended = true;
      node.end(stamp, outcome);
      client.ended(request, server, client.now() - stamp, outcome);
    }
  }
}
