package io.evenkeel.lb.failover;

import io.evenkeel.lb.Scheduler;
import io.evenkeel.lb.Ticker;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * Interrupts threads whose attempts take too long. A timer for each attempt would cost more than
 * the choice of an endpoint, so attempts are noted in places at which a task looks every 5 ms. It
 * sleeps while there are none.
 *
 * <p>Memory: a place is taken by compare-and-set; then {@code awake} is read. The task that falls
 * asleep clears that and looks at all places again. So one of the two sees the other.
 */
final class Watch {
  private static final long PERIOD_NANOS = 5_000_000;

  /** Without an attempt for so many looks it falls asleep. */
  private static final int PATIENCE = 200;

  private static final int PLACES = 1024;
  private static final int TRIES = 8;

  /** As many places as have room on a cache line; threads that share one slow each other. */
  private static final int A_LINE = 16;

  private final Ticker ticker;
  private final Scheduler scheduler;
  private final AtomicReferenceArray<@Nullable Watched> places = new AtomicReferenceArray<>(PLACES);

  /** Those that found no place. */
  private final Set<Watched> others = ConcurrentHashMap.newKeySet();

  private final AtomicBoolean awake = new AtomicBoolean();
  private int quietLooks;

  Watch(Ticker ticker, Scheduler scheduler) {
    this.ticker = ticker;
    this.scheduler = scheduler;
  }

  /** Begins to watch; returns a place to be given back. */
  int add(Watched watched, long nowNanos) {
    int place = take(watched, nowNanos);
    if (!awake.get() && awake.compareAndSet(false, true)) {
      try {
        lookAgain();
      } catch (Throwable t) {
        remove(watched, place);
        throw t;
      }
    }
    return place;
  }

  private int take(Watched watched, long nowNanos) {
    // First on the thread's own cache line, then anywhere: others may have come to that line.
    int place = spread(Thread.currentThread().getId()) & -A_LINE;
    for (int i = 1; i <= TRIES; i++) {
      if (places.getPlain(place) == null && places.compareAndSet(place, null, watched)) {
        return place;
      }
      place = (spread(nowNanos) + i) & (PLACES - 1);
    }
    others.add(watched);
    return PLACES;
  }

  /** A place, far from those of numbers nearby. */
  private static int spread(long number) {
    return (int) ((number * 0x9E3779B97F4A7C15L) >>> 54);
  }

  void remove(Watched watched, int place) {
    if (place < PLACES) {
      places.setRelease(place, null);
    } else {
      others.remove(watched);
    }
  }

  private void lookAgain() {
    boolean scheduled = false;
    try {
      scheduler.schedule(this::look, PERIOD_NANOS);
      scheduled = true;
    } finally {
      if (!scheduled) {
        awake.set(false);
      }
    }
  }

  private void look() {
    boolean any = true;
    try {
      any = expireAll();
    } finally {
      // A look that has failed has not seen them all.
      lookAgainOrSleep(any);
    }
  }

  private void lookAgainOrSleep(boolean any) {
    quietLooks = any ? 0 : quietLooks + 1;
    if (quietLooks < PATIENCE) {
      lookAgain();
      return;
    }
    quietLooks = 0;
    awake.set(false);
    if (expireAll() && awake.compareAndSet(false, true)) {
      lookAgain();
    }
  }

  /** Whether there was any. */
  private boolean expireAll() {
    long now = ticker.read();
    boolean any = false;
    for (int i = 0; i < PLACES; i++) {
      Watched watched = places.get(i);
      if (watched != null) {
        watched.expire(now);
        any = true;
      }
    }
    for (Watched watched : others) {
      watched.expire(now);
      any = true;
    }
    return any;
  }
}
