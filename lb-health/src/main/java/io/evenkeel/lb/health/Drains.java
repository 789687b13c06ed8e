package io.evenkeel.lb.health;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;

/** Who waits for nodes to have no requests in flight. For the control thread alone. */
final class Drains {
  private final List<Wait> waits = new ArrayList<>();

  /**
   * A wait for one node.
   *
   * @param limitNanos until when
   * @param done completes with how many requests are left
   */
  private record Wait(Subject subject, long limitNanos, CompletableFuture<Integer> done) {
    boolean isOver(long nowNanos) {
      int left = subject.node.inFlight();
      boolean over = left == 0 || subject.left || nowNanos - limitNanos >= 0;
      if (over) {
        done.complete(left);
      }
      return over;
    }
  }

  /**
   * Waits for the first of the nodes; there is none or one.
   *
   * @param done completes with how many requests are left
   */
  void await(Stream<Subject> subjects, long limitNanos, CompletableFuture<Integer> done) {
    subjects
        .findFirst()
        .ifPresentOrElse(
            subject -> waits.add(new Wait(subject, limitNanos, done)), () -> done.complete(0));
  }

  /** Ends the waits that are over; whether there are others. */
  boolean look(long nowNanos) {
    waits.removeIf(each -> each.isOver(nowNanos));
    return !waits.isEmpty();
  }
}
