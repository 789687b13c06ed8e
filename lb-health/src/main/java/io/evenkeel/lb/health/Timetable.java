package io.evenkeel.lb.health;

import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * The nodes of which something changes by itself, and when the first of these changes is due. They
 * are worked off together and at intervals, so that thousands cost little. For the control thread
 * alone.
 */
final class Timetable {
  private static final long STEP_NANOS = 10_000_000;

  private final Set<Subject> subjects = new LinkedHashSet<>();

  /** Means nothing while nothing is due ever. */
  private long firstAt;

  private boolean pending;
  private long workedOffAt;

  Timetable(long nowNanos) {
    this.workedOffAt = nowNanos - STEP_NANOS;
  }

  /**
   * Takes a node in, or notes that it is still there.
   *
   * @param nanos until the next change; {@link Long#MAX_VALUE} for never
   */
  void note(Subject subject, long nowNanos, long nanos) {
    subjects.add(subject);
    long at = nowNanos + nanos;
    if (nanos != Long.MAX_VALUE && !(pending && at - firstAt >= 0)) {
      firstAt = at;
      pending = true;
    }
  }

  void remove(Subject subject) {
    subjects.remove(subject);
  }

  /** All of them, in no order that means anything. */
  Collection<Subject> subjects() {
    return subjects;
  }

  /** All if something is due, else none; they have to be noted again. */
  List<Subject> due(long nowNanos) {
    if (nextNanos(nowNanos) > 0) {
      return List.of();
    }
    pending = false;
    workedOffAt = nowNanos;
    return List.copyOf(subjects);
  }

  /** In how many nanoseconds there is something to do; {@link Long#MAX_VALUE} for never. */
  long nextNanos(long nowNanos) {
    return pending
        ? Math.max(Math.max(0, firstAt - nowNanos), workedOffAt + STEP_NANOS - nowNanos)
        : Long.MAX_VALUE;
  }
}
