package io.evenkeel.lb.failover.gate;

import io.evenkeel.lb.Node;
import io.evenkeel.lb.Ticker;

/**
 * From when to when a gate is the one of its endpoint, so that it can tell its own requests from
 * those of the gate before it. When an endpoint moves or comes back, the balancer tells its new
 * gate of the end of requests which the old one has admitted.
 *
 * <p>A request is known by its stamp, which it reads before it asks the gate. The old gate is ended
 * before the new one begins, so what it admits has a stamp of no later than the new one's
 * beginning; the new gate refuses what has. Where nothing was in flight when it began there is
 * nothing to tell apart.
 */
final class Tenure {
  private final boolean inherits;
  private final long since;
  private volatile boolean ended;

  Tenure(Node node, Ticker ticker) {
    this.inherits = node.inFlight() > 0;
    this.since = ticker.read();
  }

  /** Whether a request of this stamp may be admitted. */
  boolean admits(long stamp) {
    return !ended && owns(stamp);
  }

  /** Whether this gate has admitted the request, if it was admitted at all. */
  boolean owns(long stamp) {
    return !inherits || stamp - since > 0;
  }

  void end() {
    ended = true;
  }

  boolean hasEnded() {
    return ended;
  }
}
