package io.evenkeel.lb.health;

import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.health.detect.Traffic;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * What requests leave behind at a node: one atomic add for a success at a node without trouble, all
 * else off that path.
 *
 * <p>Memory: {@code failed} and {@code turnedAway} only grow, by atomic adds, and wrap around; the
 * control thread looks at what they have grown by. {@code history} is changed by compare-and-set,
 * {@code attention} by atomic bit operations and read opaquely: it is a hint which way to go, and
 * whoever goes looks again.
 */
abstract sealed class Tally extends SuccessCount permits Gate {
  /** The monitor is asleep and must be woken. */
  static final int ASLEEP = 1;

  /** There are failures in the history. */
  static final int FAILURES = 2;

  /** The node is on probation. */
  static final int GATED = 4;

  private static final VarHandle FAILED;
  private static final VarHandle HISTORY;
  private static final VarHandle ATTENTION;
  private static final VarHandle UNREACHABLE;
  private static final VarHandle TURNED_AWAY;

  static {
    try {
      // Each in full: native images know a field if its name is a constant where it is looked up.
      MethodHandles.Lookup lookup = MethodHandles.lookup();
      FAILED = lookup.findVarHandle(Tally.class, "failed", int.class);
      HISTORY = lookup.findVarHandle(Tally.class, "history", long.class);
      ATTENTION = lookup.findVarHandle(Tally.class, "attention", int.class);
      UNREACHABLE = lookup.findVarHandle(Tally.class, "unreachable", int.class);
      TURNED_AWAY = lookup.findVarHandle(Tally.class, "turnedAway", int.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  @SuppressWarnings("unused") // through the handles
  private long history;

  @SuppressWarnings("unused")
  private int failed;

  @SuppressWarnings("unused")
  private int attention;

  @SuppressWarnings("unused")
  private int unreachable;

  @SuppressWarnings("unused")
  private int turnedAway;

  /** Takes note of a success after failures. */
  final void recovers() {
    UNREACHABLE.setOpaque(this, 0);
    if (shift(0) == 0) {
      calm();
    }
  }

  /** There are no failures, unless one comes meanwhile. */
  private void calm() {
    drop(FAILURES);
    if (history() != 0) {
      attend(FAILURES);
    }
  }

  /**
   * Counts a failure.
   *
   * @return how many of the latest outcomes, without a gap, were failures
   */
  final int failure(Outcome outcome) {
    FAILED.getAndAdd(this, 1);
    if (outcome == Outcome.UNREACHABLE) {
      UNREACHABLE.getAndAdd(this, 1);
    } else {
      UNREACHABLE.setOpaque(this, 0);
    }
    long after = shift(1);
    attend(FAILURES);
    return Long.numberOfTrailingZeros(~after);
  }

  /** Counts an answer that is neither: the node says that it wants less. */
  final void turnsAway() {
    TURNED_AWAY.getAndAdd(this, 1);
  }

  /** What was before has nothing to say of what comes. */
  final void forget() {
    HISTORY.setVolatile(this, 0L);
    UNREACHABLE.setVolatile(this, 0);
    calm();
  }

  final int attention() {
    return (int) ATTENTION.getOpaque(this);
  }

  /** Sets the bit. Whoever changed the history before sees whether another drops the bit after. */
  final void attend(int bit) {
    if (((int) ATTENTION.getVolatile(this) & bit) == 0) {
      ATTENTION.getAndBitwiseOr(this, bit);
    }
  }

  final void drop(int bit) {
    ATTENTION.getAndBitwiseAnd(this, ~bit);
  }

  final int failed() {
    return (int) FAILED.getVolatile(this);
  }

  /** As in {@link Traffic}. */
  final long history() {
    return (long) HISTORY.getVolatile(this);
  }

  final int unreachable() {
    return (int) UNREACHABLE.getVolatile(this);
  }

  final int turnedAway() {
    return (int) TURNED_AWAY.getVolatile(this);
  }

  private long shift(int outcome) {
    while (true) {
      long before = (long) HISTORY.getVolatile(this);
      long after = before << 1 | outcome;
      if (HISTORY.weakCompareAndSet(this, before, after)) {
        return after;
      }
    }
  }
}
