package io.evenkeel.lb;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * The leases that have not ended, so that those which nobody ends do not count for ever.
 *
 * <p>{@link #sweep} is the only task that it schedules: one at a time, from {@link #start} to
 * {@link #stop}.
 */
final class Leases {
  private static final int PLACES = 256;
  private static final int TRIES = 8;

  /** As many places as have room on a cache line; threads that share one slow each other. */
  private static final int A_LINE = 16;

  /**
   * Where leases are noted: a place costs a fifth of an entry in a set, and no byte. They come with
   * the first lease, since there are idle balancers by the hundred.
   */
  private final AtomicReference<@Nullable AtomicReferenceArray<@Nullable Lease>> all =
      new AtomicReference<>();

  /** Those that found no place. */
  private final Set<Lease> others = ConcurrentHashMap.newKeySet();

  private final String balancer;
  private final Duration limit;
  private final Ticker ticker;
  private final Scheduler scheduler;
  private final Faults faults;
  private volatile boolean stopped;
  private volatile Scheduler.@Nullable Scheduled next;

  Leases(BalancerBuilder settings, Scheduler scheduler, Faults faults) {
    this.balancer = settings.name;
    this.limit = settings.leaseLimit;
    this.ticker = settings.ticker;
    this.scheduler = scheduler;
    this.faults = faults;
  }

  Lease open(Node node, long stamp) {
    Lease lease = new Lease(node, stamp, this);
    AtomicReferenceArray<@Nullable Lease> places = places();
    // First on the thread's own cache line, then anywhere: a thread may have many leases open.
    int place = spread(Thread.currentThread().getId()) & -A_LINE;
    for (int i = 1; i <= TRIES; i++) {
      lease.place = place;
      if (places.getPlain(place) == null && places.compareAndSet(place, null, lease)) {
        return lease;
      }
      place = (spread(stamp) + i) & (PLACES - 1);
    }
    lease.place = PLACES;
    others.add(lease);
    return lease;
  }

  /** A place, far from those of numbers nearby. */
  private static int spread(long number) {
    return (int) ((number * 0x9E3779B97F4A7C15L) >>> 56);
  }

  private AtomicReferenceArray<@Nullable Lease> places() {
    AtomicReferenceArray<@Nullable Lease> places = all.getAcquire();
    if (places != null) {
      return places;
    }
    AtomicReferenceArray<@Nullable Lease> first = new AtomicReferenceArray<>(PLACES);
    return all.compareAndSet(null, first) ? first : requireNonNull(all.get());
  }

  void remove(Lease lease) {
    if (lease.place < PLACES) {
      places().setRelease(lease.place, null);
    } else {
      others.remove(lease);
    }
  }

  void start() {
    Scheduler.Scheduled scheduled = scheduler.schedule(this::sweep, limit.toNanos() / 8);
    next = scheduled;
    if (stopped) {
      scheduled.cancel();
    }
  }

  void stop() {
    stopped = true;
    Scheduler.Scheduled scheduled = next;
    if (scheduled != null) {
      scheduled.cancel();
    }
  }

  private void sweep() {
    try {
      endExpired(ticker.read());
    } finally {
      if (!stopped) {
        start();
      }
    }
  }

  private void endExpired(long now) {
    List<Lease> expired = new ArrayList<>();
    AtomicReferenceArray<@Nullable Lease> places = all.get();
    for (int i = 0; places != null && i < PLACES; i++) {
      Lease lease = places.get(i);
      if (lease != null && isExpired(lease, now)) {
        expired.add(lease);
      }
    }
    for (Lease lease : others) {
      if (isExpired(lease, now)) {
        expired.add(lease);
      }
    }
    expired.sort(inOrder(now));
    for (Lease lease : expired) {
      if (lease.end(Outcome.CANCELLED)) {
        faults.publish(new BalancerEvent.LeaseExpired(balancer, lease.endpoint(), limit));
      }
    }
  }

  private boolean isExpired(Lease lease, long now) {
    return now - lease.stamp() >= limit.toNanos();
  }

  /**
   * The order in which leases began, so that the same run ends them in the same order again; those
   * that began at one moment by their endpoints.
   */
  private static Comparator<Lease> inOrder(long now) {
    return Comparator.<Lease>comparingLong(lease -> lease.stamp() - now)
        .thenComparing(lease -> lease.endpoint().id());
  }

  @Override
  public String toString() {
    return "leases end after " + limit;
  }
}
