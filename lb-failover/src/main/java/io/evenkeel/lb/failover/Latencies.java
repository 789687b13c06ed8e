package io.evenkeel.lb.failover;

import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLong;

/**
 * How long calls took of late: a histogram of steps of 6 % (16 to a power of two, as HdrHistogram
 * has them), in two halves that take turns. A sample is one atomic add.
 *
 * <p>Memory: whoever comes first in a new turn clears the older half; samples of threads that are
 * late by a turn may be lost or counted again. The quantile is worked out by one thread every
 * quarter of a second, and kept for the others.
 */
final class Latencies {
  private static final int STEP_BITS = 4;

  /** For up to 2^26 microseconds, which is over a minute. */
  private static final int BUCKETS = 23 << STEP_BITS;

  private static final int UNIT_NANOS = 1024;
  private static final int ENOUGH = 100;
  private static final long EVERY_NANOS = 250_000_000;

  private final long turnNanos;
  private final AtomicIntegerArray[] halves = {
    new AtomicIntegerArray(BUCKETS), new AtomicIntegerArray(BUCKETS)
  };
  private final AtomicLong turn = new AtomicLong(Long.MIN_VALUE);
  private final AtomicLong workedOutAt = new AtomicLong(Long.MIN_VALUE);
  private volatile long quantile = Hedges.NOT_YET;

  Latencies(long turnNanos) {
    this.turnNanos = turnNanos;
  }

  void record(long nanos, long nowNanos) {
    half(nowNanos).getAndIncrement(bucket(nanos));
  }

  private AtomicIntegerArray half(long nowNanos) {
    long number = Math.floorDiv(nowNanos, turnNanos);
    long before = turn.get();
    AtomicIntegerArray half = halves[(int) (number & 1)];
    if (isLater(number, before) && turn.compareAndSet(before, number)) {
      clear(half);
      if (number != before + 1) {
        clear(halves[(int) (~number & 1)]);
      }
    }
    return half;
  }

  /** In nanoseconds, whose difference has the right sign though the clock wraps around. */
  private boolean isLater(long number, long before) {
    return before == Long.MIN_VALUE || (number - before) * turnNanos > 0;
  }

  private static void clear(AtomicIntegerArray half) {
    for (int i = 0; i < BUCKETS; i++) {
      half.set(i, 0);
    }
  }

  /** Below what the given share of them was; {@link Hedges#NOT_YET} while there are too few. */
  long quantile(double share, long nowNanos) {
    long before = workedOutAt.get();
    if ((before == Long.MIN_VALUE || nowNanos - before >= EVERY_NANOS)
        && workedOutAt.compareAndSet(before, nowNanos)) {
      half(nowNanos);
      quantile = workOut(share);
    }
    return quantile;
  }

  private long workOut(double share) {
    long total = 0;
    for (int i = 0; i < BUCKETS; i++) {
      total += count(i);
    }
    if (total < ENOUGH) {
      return Hedges.NOT_YET;
    }
    double below = share * total;
    long sum = 0;
    for (int i = 0; i < BUCKETS; i++) {
      sum += count(i);
      if (sum >= below) {
        return end(i);
      }
    }
    return end(BUCKETS - 1);
  }

  private int count(int bucket) {
    return halves[0].get(bucket) + halves[1].get(bucket);
  }

  static int bucket(long nanos) {
    long units = Math.max(nanos, 0) / UNIT_NANOS;
    if (units < 1 << STEP_BITS) {
      return (int) units;
    }
    int power = 63 - Long.numberOfLeadingZeros(units) - STEP_BITS;
    int step = (int) (units >>> power) - (1 << STEP_BITS);
    return Math.min(((power + 1) << STEP_BITS) + step, BUCKETS - 1);
  }

  /** Where a bucket ends and the next begins, in nanoseconds. */
  static long end(int bucket) {
    int next = bucket + 1;
    int power = (next >> STEP_BITS) - 1;
    if (power < 0) {
      return (long) next * UNIT_NANOS;
    }
    long step = (1L << STEP_BITS) + (next & ((1 << STEP_BITS) - 1));
    return (step << power) * UNIT_NANOS;
  }
}
