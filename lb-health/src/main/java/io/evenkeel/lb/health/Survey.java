package io.evenkeel.lb.health;

import io.evenkeel.lb.HealthContext;
import java.util.List;

/**
 * A look at all nodes of a balancer: what their requests have left behind, what the detectors find
 * in that, and whether there is traffic at all. Without any for ten seconds the looks end, and
 * requests are asked to begin them again. For the control thread alone.
 */
final class Survey {
  private static final long QUIET_NANOS = 10_000_000_000L;

  private final Roster roster;
  private final Looks looks;
  private final Examination examination;

  /** Whether there are nodes whose next request is asked to wake the monitor. */
  private boolean drowsy = true;

  Survey(Health policy, HealthContext context, Roster roster, Looks looks) {
    this.roster = roster;
    this.looks = looks;
    this.examination = new Examination(policy, context);
  }

  /** A node has joined, which begins asleep. */
  void joined() {
    drowsy = true;
  }

  /** Looks; what was found, which nothing has come of yet. */
  List<Examination.Finding> take(long nowNanos) {
    boolean paused = looks.begin(nowNanos);
    if (drowsy && looks.isAwake()) {
      drowsy = false;
      roster.all().forEach(each -> each.drop(Tally.ASLEEP));
    }
    long quiet = Long.MAX_VALUE;
    for (Subject subject : roster.all()) {
      subject.look(paused, nowNanos);
      subject.doubt();
      quiet = Math.min(quiet, subject.quietNanos(nowNanos));
    }
    List<Examination.Finding> findings = examination.of(roster.all());
    if (quiet >= QUIET_NANOS) {
      fallAsleep();
    }
    return findings;
  }

  /** No more looks until a request asks for them. */
  void end() {
    drowsy = true;
    looks.sleep();
    roster.all().forEach(each -> each.attend(Tally.ASLEEP));
  }

  private void fallAsleep() {
    end();
    // A request that has just begun may have found nobody asleep.
    if (roster.all().stream().anyMatch(each -> each.node.inFlight() > 0)) {
      looks.wake();
    }
  }
}
