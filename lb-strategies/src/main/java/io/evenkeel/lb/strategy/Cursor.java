package io.evenkeel.lb.strategy;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * Deals out positions 0 to modulus - 1, each {@code step} after the one before, to any number of
 * threads: any {@code modulus} consecutive positions are all different if step and modulus have no
 * common divisor.
 *
 * <p>Memory: {@code ticket} changes by atomic adds alone, so no position is skipped or dealt twice;
 * it has a cache line of its own. Division costs ten times the add, so the remainder is taken by
 * multiplying with a precomputed reciprocal (Barrett). That holds for tickets below 2^62. Whoever
 * draws the first ticket at or above it takes a multiple of the modulus off the counter, which
 * changes no position: there is no ticket at which the sequence jumps.
 */
final class Cursor extends CursorTicket {
  private static final long LIMIT = 1L << 62;

  @SuppressWarnings("unused")
  private long p0, p1, p2, p3, p4, p5, p6, p7, p8, p9, p10, p11, p12, p13, p14;

  /**
   * @param modulus at least 1
   * @param step from 1 to modulus
   * @param start any number; its lowest 62 bits are the first ticket
   */
  Cursor(int modulus, int step, long start) {
    super(modulus, step, start & (LIMIT - 1));
  }

  int next() {
    long ticket = (long) TICKET.getAndAdd(this, (long) step);
    if (ticket >= LIMIT) {
      return wrap(ticket);
    }
    // The estimated quotient is exact or one too small.
    long quotient = Math.multiplyHigh(ticket << 1, reciprocal);
    int position = (int) (ticket - quotient * modulus);
    return position >= modulus ? position - modulus : position;
  }

  /** What {@link #next} would deal out now. */
  int peek() {
    return (int) (ticket() % modulus);
  }

  private int wrap(long ticket) {
    if (ticket - LIMIT < step) {
      TICKET.getAndAdd(this, -(LIMIT / modulus * modulus));
    }
    return (int) (ticket % modulus);
  }

  /** The next ticket, for another cursor to go on from. */
  long ticket() {
    return (long) TICKET.getOpaque(this);
  }
}

/** What is only read: ahead of the padding, or each step of another thread would take it away. */
abstract class CursorFacts {
  final int modulus;
  final int step;
  final long reciprocal;

  CursorFacts(int modulus, int step) {
    this.modulus = modulus;
    this.step = step;
    this.reciprocal = Long.MAX_VALUE / modulus;
  }
}

@SuppressWarnings("unused")
abstract class CursorPadding extends CursorFacts {
  private long p0, p1, p2, p3, p4, p5, p6, p7, p8, p9, p10, p11, p12, p13, p14;

  CursorPadding(int modulus, int step) {
    super(modulus, step);
  }
}

abstract class CursorTicket extends CursorPadding {
  static final VarHandle TICKET;

  static {
    try {
      TICKET = MethodHandles.lookup().findVarHandle(CursorTicket.class, "ticket", long.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  @SuppressWarnings("unused") // through TICKET
  private long ticket;

  CursorTicket(int modulus, int step, long ticket) {
    super(modulus, step);
    this.ticket = ticket;
  }
}
