package io.evenkeel.lb.health;

import java.util.concurrent.CompletableFuture;

/**
 * Somebody waits for a node to have no requests in flight.
 *
 * @param limitNanos until when
 * @param done completes with how many are left
 */
record Wait(Subject subject, long limitNanos, CompletableFuture<Integer> done) {
  boolean isOver(long nowNanos) {
    int left = subject.node.inFlight();
    boolean over = left == 0 || subject.left || nowNanos - limitNanos >= 0;
    if (over) {
      done.complete(left);
    }
    return over;
  }

  void finish() {
    done.complete(subject.node.inFlight());
  }
}
