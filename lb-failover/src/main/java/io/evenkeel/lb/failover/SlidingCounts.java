package io.evenkeel.lb.failover;

import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Numbers of events in a sliding window of time, in slots: the first over a little less than the
 * window, the others over a little more. Thread-safe; to count is an add to an adder.
 *
 * <p>Memory: the slots are a ring. Whoever comes first in a new slot clears those that are over, by
 * compare-and-set on {@code latest}. Between the two, others may already count in the new slot, and
 * lose that to the clearing: a few events in millions.
 */
final class SlidingCounts {
  private final long slotNanos;

  /** One more than the window has, which is being filled. */
  private final int ring;

  private final LongAdder[] first;
  private final LongAdder[] second;
  private final LongConsumer left;

  /** The slot that is being filled; null before the first event. */
  private final AtomicReference<@Nullable Slot> latest = new AtomicReference<>();

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
    Slot now = latest.get();
    return now == null ? 0 : sum(first) - first[place(now.number + 1)].sum();
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

  /** Where to count. A thread that is late counts in the latest: to divide takes too long. */
  private int slot(long nowNanos) {
    Slot now = latest.get();
    return now != null && nowNanos - now.endNanos < 0 ? now.place : turned(nowNanos);
  }

  private int turned(long nowNanos) {
    while (true) {
      Slot before = latest.get();
      if (before != null && nowNanos - before.endNanos < 0) {
        return before.place;
      }
      if (before == null) {
        latest.compareAndSet(null, new Slot(0, 0, nowNanos + slotNanos));
        continue;
      }
      long steps = (nowNanos - before.endNanos) / slotNanos + 1;
      long number = before.number + steps;
      Slot next = new Slot(number, place(number), before.endNanos + steps * slotNanos);
      if (latest.compareAndSet(before, next)) {
        clear(before.number, number);
      }
    }
  }

  private void clear(long before, long number) {
    for (long i = 0; i < Math.min(number - before, ring); i++) {
      int over = place(number - i);
      left.accept(first[over].sumThenReset());
      second[over].reset();
    }
  }

  private int place(long number) {
    return (int) (number % ring);
  }

  /**
   * A part of the window.
   *
   * @param place in the ring
   * @param endNanos when the next one begins
   */
  private record Slot(long number, int place, long endNanos) {}
}
