package io.evenkeel.lb.benchmark.fault;

import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.Explanation;
import io.evenkeel.lb.RequestContext;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/** Looks fifty times a second at which endpoints a balancer holds for unfit. Thread-safe. */
final class Watch implements AutoCloseable {
  private static final long PERIOD_MILLIS = 20;

  private final Balancer balancer;
  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread created = new Thread(task, "watch");
            created.setDaemon(true);
            return created;
          });

  // Guarded by this.
  private final Map<String, Boolean> unfit = new HashMap<>();
  private final Map<String, Integer> changes = new HashMap<>();
  private long looks;
  private long unfitSeen;

  Watch(Balancer balancer) {
    this.balancer = balancer;
    ScheduledFuture<?> unused =
        thread.scheduleAtFixedRate(this::look, 0, PERIOD_MILLIS, TimeUnit.MILLISECONDS);
  }

  private synchronized void look() {
    looks++;
    for (Explanation.Candidate each : balancer.explain(RequestContext.none()).candidates()) {
      String id = each.endpoint().id();
      boolean now = each.health() == 0;
      Boolean before = unfit.put(id, now);
      if (before != null && before != now) {
        changes.merge(id, 1, Integer::sum);
      }
      unfitSeen += now ? 1 : 0;
    }
  }

  /** How many endpoints were unfit, on average over time. */
  synchronized double unfitOnAverage() {
    return looks == 0 ? 0 : (double) unfitSeen / looks;
  }

  /** How often the endpoint that changed most became unfit or fit. */
  synchronized int mostChanges() {
    return changes.values().stream().mapToInt(Integer::intValue).max().orElse(0);
  }

  synchronized void clear() {
    changes.clear();
    looks = 0;
    unfitSeen = 0;
  }

  @Override
  public void close() {
    thread.shutdownNow();
  }
}
