package io.evenkeel.lb.health;

import io.evenkeel.lb.health.detect.Counts;
import java.util.List;

/**
 * What an outage of all proves of each: nothing. While most requests to those in service fail,
 * those that were ejected are let go, since some fail a moment before the others, and to keep them
 * out would leave the rest with more than it can bear, for good. When it is over, what was seen of
 * it is forgotten, or else it would eject some of those that are well again. For the control thread
 * alone.
 */
final class Amnesty {
  /** Of the requests of the last second to those in service. */
  private static final double MOST = 0.5;

  private static final double FEW = 0.2;

  /** As few requests as these say little. */
  private static final int LEAST_REQUESTS = 20;

  /** So that those which are out with good reason are not let go again and again. */
  private static final long PERIOD_NANOS = 5_000_000_000L;

  /** What is to be done. */
  enum Act {
    NOTHING,
    LET_GO,
    FORGET
  }

  private boolean outage;
  private boolean given;
  private long givenAt;

  /** Looks at what requests have left behind; to be asked at each look. */
  Act look(List<Subject> subjects, long nowNanos) {
    Counts inService = Counts.NONE;
    for (Subject subject : subjects) {
      if (!subject.isOutByPenalty() && Shortage.isFit(subject.state())) {
        inService = inService.plus(subject.lastSecond());
      }
    }
    if (inService.requests() < LEAST_REQUESTS) {
      return Act.NOTHING;
    }
    double failing = inService.failureRatio();
    if (outage && failing < FEW) {
      outage = false;
      return Act.FORGET;
    }
    outage |= failing >= MOST;
    return failing >= MOST && give(subjects, nowNanos) ? Act.LET_GO : Act.NOTHING;
  }

  private boolean give(List<Subject> subjects, long nowNanos) {
    if ((given && nowNanos - givenAt < PERIOD_NANOS)
        || subjects.stream().noneMatch(Subject::isOutByPenalty)) {
      return false;
    }
    given = true;
    givenAt = nowNanos;
    return true;
  }
}
