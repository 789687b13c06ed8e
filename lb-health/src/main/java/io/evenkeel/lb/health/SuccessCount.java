package io.evenkeel.lb.health;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * How many requests succeeded at a node, and how long they took: what nearly every request writes,
 * on a cache line of its own, so that the next one can read whether it may begin without waiting
 * for that line. Superclasses lay out first, which is what puts the padding on both sides.
 *
 * <p>Memory: {@code succeeded} only grows, by atomic adds, and wraps around.
 */
abstract sealed class SuccessCount extends SuccessCountField permits Tally {
  @SuppressWarnings("unused")
  private long p0, p1, p2, p3, p4, p5, p6, p7, p8, p9, p10, p11, p12, p13, p14;
}

abstract sealed class SuccessCountField extends SuccessCountPadding permits SuccessCount {
  /** Latencies are added up in units of 128 ns, above 24 bits for their number. */
  static final int LATENCY_SHIFT = 7;

  static final int COUNT_BITS = 24;

  private static final long MAX_LATENCY = (1L << 30) - 1;

  private static final VarHandle SUCCEEDED;

  static {
    try {
      SUCCEEDED =
          MethodHandles.lookup().findVarHandle(SuccessCountField.class, "succeeded", long.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  @SuppressWarnings("unused") // through SUCCEEDED
  private long succeeded;

  /** Counts a success. */
  final void success(long latencyNanos) {
    long units = Math.min(latencyNanos >>> LATENCY_SHIFT, MAX_LATENCY);
    SUCCEEDED.getAndAdd(this, (units << COUNT_BITS) + 1);
  }

  /** The number of successes in the low bits, the sum of their latencies above. */
  final long succeeded() {
    return (long) SUCCEEDED.getVolatile(this);
  }
}

@SuppressWarnings("unused")
abstract sealed class SuccessCountPadding permits SuccessCountField {
  private long p0, p1, p2, p3, p4, p5, p6;
}
