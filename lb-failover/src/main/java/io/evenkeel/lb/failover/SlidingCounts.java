package io.evenkeel.lb.failover;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongConsumer;

/**
 * Numbers of events in a sliding window of time, in slots: the first over a little less than the
 * window, the others over a little more. Thread-safe; to count is an add to an adder.
 *
 * <p>Memory: the slots are a ring. Whoever comes first in a new slot clears those that are over, by
 * compare-and-set on {@code latest}. Threads that are late by a slot may count in one that is just
 * cleared: a few events in millions.
 */
final class SlidingCounts {
  private final long slotNanos;

  /** One more than the window has, which is being filled. */
  private final int ring;

  private final LongAdder[] first;
  private final LongAdder[] second;
  private final LongConsumer left;

  /** The number of the slot that is being filled. */
  private final AtomicLong latest = new AtomicLong();

  /** When slot 0 began. The clock's own zero is anywhere, and it may wrap around. */
  private volatile long origin;

  private volatile boolean begun;

  /**
   * @param left is told how many of the first leave the window, a slot at a time
   */
  SlidingCounts(long windowNanos, int slots, LongConsumer left) {
    this.slotNanos = Math.max(1, windowNanos / slots);
    this.ring = slots + 1;
    this.first = adders(ring);
    this.second = adders(ring);
    this.left = left;
  }

  private static LongAdder[] adders(int count) {
    LongAdder[] adders = new LongAdder[count];
    for (int i = 0; i < count; i++) {
      adders[i] = new LongAdder();
    }
    return adders;
  }

  void addFirst(long nowNanos) {
    first[slot(nowNanos)].increment();
  }

  /** Adds 1 to the second, or takes it back. */
  void addSecond(long change, long nowNanos) {
    second[slot(nowNanos)].add(change);
  }

  /** Lets go of what is over by now. */
  void turnTo(long nowNanos) {
    slot(nowNanos);
  }

  long first() {
    int oldest = (int) ((latest.get() + 1) % ring);
    return sum(first) - first[oldest].sum();
  }

  long second() {
    return sum(second);
  }

  private static long sum(LongAdder[] slots) {
    long sum = 0;
    for (LongAdder slot : slots) {
      sum += slot.sum();
    }
    return sum;
  }

  private int slot(long nowNanos) {
    if (!begun) {
      origin = nowNanos;
      begun = true;
    }
    // A thread that is late does not turn back.
    long number = Math.max(0, (nowNanos - origin) / slotNanos);
    long before = latest.get();
    if (number > before && latest.compareAndSet(before, number)) {
      clear(before, number);
    }
    return (int) (number % ring);
  }

  private void clear(long before, long number) {
    for (long i = 0; i < Math.min(number - before, ring); i++) {
      int over = (int) ((number - i) % ring);
      left.accept(first[over].sumThenReset());
      second[over].reset();
    }
  }
}
