package io.evenkeel.lb.strategy;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.math.BigInteger;

/**
 * Deals out positions 0 to modulus - 1, each {@code step} after the one before, to any number of
 * threads: any {@code modulus} consecutive positions are all different if step and modulus have no
 * common divisor.
 *
 * <p>The counter is an angle, in parts of 2^64 of a turn, so that it wraps where the positions do
 * and a position is the high half of a product: threads that share a cursor wait for all that one
 * does between two adds, and a remainder costs more than the add. A step is rounded up to whole
 * parts. What that adds up to, the excess, is in the low half of the same product, far from a whole
 * position for 2^32 steps and more; whoever first sees it at half of one takes it off, which
 * changes no position.
 *
 * <p>Memory: {@code angle} changes by atomic adds alone, so no position is skipped or dealt twice;
 * it has a cache line of its own.
 */
final class Cursor extends CursorAngle {
  private static final long HALF = Long.MIN_VALUE;

  @SuppressWarnings("unused")
  private long p0, p1, p2, p3, p4, p5, p6, p7, p8, p9, p10, p11, p12, p13, p14;

  /**
   * @param modulus at least 1
   * @param step from 1 to modulus
   * @param start the first position, from 0 to modulus - 1
   */
  Cursor(int modulus, int step, int start) {
    super(modulus, angle(step, modulus), angle(start, modulus));
  }

  /** The least number of parts at which a position begins. */
  private static long angle(int position, int modulus) {
    BigInteger divisor = BigInteger.valueOf(modulus);
    BigInteger turns = BigInteger.valueOf(position).shiftLeft(Long.SIZE);
    return turns.add(divisor).subtract(BigInteger.ONE).divide(divisor).longValue();
  }

  int next() {
    // Read before the add, which nothing is read ahead of.
    long modulus = this.modulus;
    long angle = (long) ANGLE.getAndAdd(this, step);
    long excess = angle * modulus;
    if (excess < 0) {
      takeOff(excess);
    }
    return position(angle, modulus);
  }

  /** What {@link #next} would deal out now. */
  int peek() {
    return position((long) ANGLE.getOpaque(this), modulus);
  }

  /** The high half of the product of angle, which is unsigned, and modulus. */
  private static int position(long angle, long modulus) {
    return (int) (Math.multiplyHigh(angle, modulus) + (angle >> 63 & modulus));
  }

  /** Each step adds the same to the excess, so that of those beyond the half one is the first. */
  private void takeOff(long excess) {
    if (excess - HALF < modulus * step) {
      ANGLE.getAndAdd(this, -Long.divideUnsigned(HALF, modulus));
    }
  }
}

/** What is only read: ahead of the padding, or each step of another thread would take it away. */
abstract class CursorFacts {
  final long modulus;

  /** In parts of 2^64 of a turn, as the angle. */
  final long step;

  CursorFacts(long modulus, long step) {
    this.modulus = modulus;
    this.step = step;
  }
}

@SuppressWarnings("unused")
abstract class CursorPadding extends CursorFacts {
  private long p0, p1, p2, p3, p4, p5, p6, p7, p8, p9, p10, p11, p12, p13, p14;

  CursorPadding(long modulus, long step) {
    super(modulus, step);
  }
}

abstract class CursorAngle extends CursorPadding {
  static final VarHandle ANGLE;

  static {
    try {
      ANGLE = MethodHandles.lookup().findVarHandle(CursorAngle.class, "angle", long.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  @SuppressWarnings("unused") // through ANGLE
  private long angle;

  CursorAngle(long modulus, long step, long angle) {
    super(modulus, step);
    this.angle = angle;
  }
}
