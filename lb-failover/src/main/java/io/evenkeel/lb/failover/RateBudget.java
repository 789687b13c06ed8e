package io.evenkeel.lb.failover;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/**
 * A share of the calls in a sliding window, and a reserve.
 *
 * <p>Memory: the window is a ring of slots, of which whoever comes first in a new one clears those
 * that are over, by compare-and-set on {@code latest}. Threads that are a slot late may count in
 * one that is just cleared: a few calls in millions. Retries are added first and looked at then, so
 * that there are never more than allowed; two that meet at the limit may both be refused.
 */
final class RateBudget implements RetryBudget {
  private static final int SLOTS = 10;

  /** One more, which is being filled. */
  private static final int RING = SLOTS + 1;

  /** Of the reserve, in thousandths of a retry. */
  private static final long RETRY = 1000;

  private static final long MOST_IN_RESERVE = 10 * RETRY;
  private static final long GAIN_OF_A_CALL = RETRY / 10;

  /** Who may retry so often in a window needs no reserve. */
  private static final int FEW = 10;

  private final double share;
  private final Duration window;
  private final long slotNanos;
  private final LongAdder[] calls = new LongAdder[RING];
  private final AtomicLong[] retries = new AtomicLong[RING];
  private final AtomicLong reserve = new AtomicLong(RETRY);

  /** The number of the slot that is being filled. */
  private final AtomicLong latest = new AtomicLong();

  /** When slot 0 began. The clock's own zero is anywhere, and it may wrap around. */
  private volatile long origin;

  private volatile boolean begun;

  RateBudget(double share, Duration window) {
    this.share = Expect.within("share", share, 0.0, 1.0);
    if (Expect.positive("window", window).compareTo(Duration.ofSeconds(1)) < 0) {
      throw new IllegalArgumentException("window: " + window + " (expected: >= PT1S)");
    }
    this.window = window;
    this.slotNanos = window.toNanos() / SLOTS;
    for (int i = 0; i < RING; i++) {
      calls[i] = new LongAdder();
      retries[i] = new AtomicLong();
    }
  }

  @Override
  public void begun(long nowNanos) {
    calls[slot(nowNanos)].increment();
  }

  private int slot(long nowNanos) {
    if (!begun) {
      origin = nowNanos;
      begun = true;
    }
    long number = (nowNanos - origin) / slotNanos;
    long before = latest.get();
    if (number != before) {
      turn(before, number);
    }
    return (int) (Math.max(number, 0) % RING);
  }

  private void turn(long before, long number) {
    // A thread that is late does not turn back.
    if (number < before || !latest.compareAndSet(before, number)) {
      return;
    }
    for (long i = 0; i < Math.min(number - before, RING); i++) {
      int slot = (int) ((number - i) % RING);
      save(calls[slot].sumThenReset());
      retries[slot].set(0);
    }
  }

  /** Calls that leave the window fill the reserve, where they are too few to allow for much. */
  private void save(long count) {
    if (count > 0 && share * called() < FEW) {
      reserve.getAndUpdate(
          has -> Math.min(MOST_IN_RESERVE, has + Math.min(count, 1000) * GAIN_OF_A_CALL));
    }
  }

  @Override
  public boolean take(long nowNanos) {
    int slot = slot(nowNanos);
    retries[slot].incrementAndGet();
    if (taken() <= share * called()) {
      return true;
    }
    retries[slot].decrementAndGet();
    return reserve.getAndUpdate(has -> has < RETRY ? has : has - RETRY) >= RETRY;
  }

  @Override
  public double available(long nowNanos) {
    slot(nowNanos);
    double left = Math.floor(share * called() - taken());
    return Math.max(0, left) + Math.floorDiv(reserve.get(), RETRY);
  }

  private long called() {
    long sum = 0;
    for (LongAdder slot : calls) {
      sum += slot.sum();
    }
    return sum;
  }

  private long taken() {
    long sum = 0;
    for (AtomicLong slot : retries) {
      sum += slot.get();
    }
    return sum;
  }

  @Override
  public String toString() {
    return Math.round(share * 1000) / 10.0 + " % of " + window;
  }
}
