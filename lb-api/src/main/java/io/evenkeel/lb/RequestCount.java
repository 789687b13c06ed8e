package io.evenkeel.lb;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * How many requests are in flight on a node: what requests write, on a cache line of its own, so
 * that a begin on one node does not slow the reading of another. Superclasses lay out first, which
 * is what puts the padding on both sides: a line in front, and two behind, since Node's own fields
 * are read by every choice and processors fetch lines in pairs.
 */
abstract sealed class RequestCount extends RequestCountField permits Node {
  @SuppressWarnings("unused")
  private long p0, p1, p2, p3, p4, p5, p6, p7, p8, p9, p10, p11, p12, p13, p14;
}

abstract sealed class RequestCountField extends RequestCountPadding permits RequestCount {
  private static final VarHandle IN_FLIGHT;

  static {
    try {
      IN_FLIGHT =
          MethodHandles.lookup().findVarHandle(RequestCountField.class, "inFlight", long.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  /** The sign says that no request may begin. */
  private static final long SHUT = Long.MIN_VALUE;

  /**
   * Lent to a count that is below 0 for a moment, because a request was ended twice; the sign would
   * be lent otherwise. {@link LoadBound}, which never counts below 0, takes it for its own.
   */
  private static final long RESERVE = 1L << 62;

  private long inFlight = RESERVE;

  /** Counts a request, unless none may begin. */
  final boolean begun() {
    if ((long) IN_FLIGHT.getAndAdd(this, 1L) >= 0) {
      return true;
    }
    ended();
    return false;
  }

  /** Whether that was the last. What ends more often than it began counts nothing. */
  final boolean ended() {
    int count = (int) (long) IN_FLIGHT.getAndAdd(this, -1L);
    if (count <= 0) {
      raise();
    }
    return count == 1;
  }

  /** Adds what is missing to 0, which others may have done meanwhile. */
  private void raise() {
    long word = word();
    while ((int) word < 0 && !change(word, word + 1)) {
      word = word();
    }
  }

  /** From now on no request may begin. */
  final void shutCount() {
    IN_FLIGHT.getAndBitwiseOr(this, SHUT);
  }

  /** Requests may begin again. */
  final void openCount() {
    IN_FLIGHT.getAndBitwiseAnd(this, ~SHUT);
  }

  /**
   * A plain read, since compilers do not unroll loops around any other, and a choice may look at a
   * thousand counts. It is as fresh as the volatile snapshot that each choice reads first.
   */
  final int requests() {
    return (int) inFlight;
  }

  /** The count in the lower half; what {@link LoadBound} makes of the rest. */
  final long word() {
    return (long) IN_FLIGHT.getVolatile(this);
  }

  final boolean change(long word, long next) {
    return IN_FLIGHT.compareAndSet(this, word, next);
  }
}

@SuppressWarnings("unused")
abstract sealed class RequestCountPadding permits RequestCountField {
  private long p0, p1, p2, p3, p4, p5, p6;
}
