package io.evenkeel.lb.health;

import io.evenkeel.lb.Node;
import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.stress.Still;

/** Nodes under judgement that are cheap enough to be made anew for each of millions of trials. */
final class Judged {
  private static final Health HEALTH = Health.ofDefaults();
  private static final Monitor MONITOR =
      new Monitor(HEALTH, new Still(), HealthRegistry.create(1, () -> 0));
  private static final Node NODE = Still.node();

  private Judged() {}

  /** A node of which nothing is known; what its monitor is asked to do is never done. */
  static Subject subject() {
    Subject subject = new Subject(MONITOR, NODE, HEALTH, 0);
    subject.drop(Tally.ASLEEP);
    return subject;
  }

  /** A node on probation. */
  static Subject onProbation() {
    Subject subject = subject();
    subject.gate(true);
    return subject;
  }

  /** A request that began at some moment is cancelled at some later one. */
  static void cancel(Subject subject, long begun) {
    subject.record(Outcome.CANCELLED, 100 - begun, 100);
  }

  static void fail(Subject subject) {
    subject.failure(Outcome.FAILURE);
  }
}
