package io.evenkeel.lb.testkit.cluster;

import io.evenkeel.lb.Outcome;
import java.util.ArrayDeque;

/**
 * Ends attempts that take too long. All may take equally long, so the one that began first is due
 * first. Only that one is planned: planning each would fill the timeline with what hardly ever
 * happens.
 */
final class Timeouts implements Runnable {
  private final Timeline timeline;
  private final long nanos;
  private final ArrayDeque<Attempt> begun = new ArrayDeque<>();

  /**
   * @param nanos how long an attempt may take; {@link Attempt#NEVER} for no limit
   */
  Timeouts(Timeline timeline, long nanos) {
    this.timeline = timeline;
    this.nanos = nanos;
  }

  /** An attempt begins now. */
  void watch(Attempt attempt) {
    if (nanos != Attempt.NEVER) {
      begun.add(attempt);
      if (begun.size() == 1) {
        plan(attempt);
      }
    }
  }

  @Override
  public void run() {
    Attempt due = begun.remove();
    Attempt next = begun.peek();
    while (next != null && next.hasEnded()) {
      begun.remove();
      next = begun.peek();
    }
    if (next != null) {
      plan(next);
    }
    due.end(Outcome.TIMEOUT);
  }

  private void plan(Attempt attempt) {
    timeline.at(attempt.begunAt() + nanos, this);
  }
}
