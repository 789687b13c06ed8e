package io.evenkeel.lb;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
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

  /** Where leases are noted: a place costs a fifth of an entry in a set, and no byte. */
  private final AtomicReferenceArray<@Nullable Lease> places = new AtomicReferenceArray<>(PLACES);

  /** Those that found no place. */
  private final Set<Lease> others = ConcurrentHashMap.newKeySet();

  private final String balancer;
  private final Duration limit;
  private final Ticker ticker;
  private final Scheduler scheduler;
  private final Faults faults;
  private volatile boolean stopped;
  private volatile Scheduler.@Nullable Scheduled next;

  Leases(BalancerBuilder settings, Faults faults) {
    this.balancer = settings.name;
    this.limit = settings.leaseLimit;
    this.ticker = settings.ticker;
    this.scheduler = settings.scheduler;
    this.faults = faults;
  }

  Lease open(Node node, long stamp) {
    Lease lease = new Lease(node, stamp, this);
    int start = (int) ((stamp * 0x9E3779B97F4A7C15L) >>> 56);
    for (int i = 0; i < TRIES; i++) {
      // Neighbours share a cache line, which threads should not.
      int place = (start + i * 17) & (PLACES - 1);
      lease.place = place;
      if (places.getPlain(place) == null && places.compareAndSet(place, null, lease)) {
        return lease;
      }
    }
    lease.place = PLACES;
    others.add(lease);
    return lease;
  }

  void remove(Lease lease) {
    if (lease.place < PLACES) {
      places.setRelease(lease.place, null);
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
    for (int i = 0; i < PLACES; i++) {
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
}
