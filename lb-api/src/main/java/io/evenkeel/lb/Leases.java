package io.evenkeel.lb;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The leases that have not ended, so that those which nobody ends do not count for ever.
 *
 * <p>{@link #sweep} is the only task that it schedules: one at a time, from {@link #start} to
 * {@link #stop}.
 */
final class Leases {
  private final Set<Lease> open = ConcurrentHashMap.newKeySet();
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
    open.add(lease);
    return lease;
  }

  void remove(Lease lease) {
    open.remove(lease);
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
    for (Lease lease : open) {
      if (now - lease.stamp() >= limit.toNanos()) {
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

  /**
   * The order in which leases began, so that the same run ends them in the same order again; those
   * that began at one moment by their endpoints.
   */
  private static Comparator<Lease> inOrder(long now) {
    return Comparator.<Lease>comparingLong(lease -> lease.stamp() - now)
        .thenComparing(lease -> lease.endpoint().id());
  }
}
