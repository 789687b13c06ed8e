package io.evenkeel.lb.spring.metrics;

import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.BalancerEvent;
import io.evenkeel.lb.BalancerEvent.PanicChanged;
import io.evenkeel.lb.BalancerListener;
import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.RequestContext;
import io.evenkeel.lb.failover.FailoverCall;
import io.evenkeel.lb.failover.FailoverException.Reason;
import io.evenkeel.lb.failover.FailoverListener;
import io.evenkeel.lb.micrometer.BalancerMetrics;
import io.evenkeel.lb.micrometer.FailoverMetrics;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Listens to one service from its beginning, and passes on what it hears once there are meters and
 * the application has named the service. Its meters go with it, but not with a balancer that was
 * replaced, so that no count is lost. Thread-safe.
 */
final class LateMeters implements BalancerListener, FailoverListener {
  private final String service;
  private final Supplier<@Nullable Registry> registries;
  private final ReentrantLock changing = new ReentrantLock();

  /** Written under the lock. */
  private volatile @Nullable Meters meters;

  /** As was told last, whether or not there were meters. Under the lock. */
  private boolean panic;

  /**
   * @param registries gives what meters are made with; null while there are none
   */
  LateMeters(String service, Supplier<@Nullable Registry> registries) {
    this.service = service;
    this.registries = registries;
  }

  /** What meters are made with. */
  interface Registry {
    /** The balancer of a service; null if there is no such service any more, or it is closed. */
    @Nullable Balancer present(String service);

    /** Meters of all balancers. */
    BalancerMetrics requests();

    /** Makes the meters of a service that there is. */
    FailoverMetrics show(String service);

    /** Makes those of breakers and limits that it has by now. */
    void showGates(String service, FailoverMetrics calls);
  }

  private record Meters(BalancerMetrics requests, FailoverMetrics calls, Registry registry) {}

  /** Makes the meters that are missing, if there can be any by now. */
  void show() {
    Meters all = meters();
    if (all != null && all.registry.present(service) != null) {
      all.registry.showGates(service, all.calls);
    }
  }

  private @Nullable Meters meters() {
    Meters known = meters;
    if (known != null) {
      return known;
    }
    Registry registry = registries.get();
    return registry != null && registry.present(service) != null ? first(registry) : null;
  }

  private @Nullable Meters first(Registry registry) {
    changing.lock();
    try {
      // One that was removed in between must not leave meters behind.
      if (meters == null && registry.present(service) != null) {
        meters = new Meters(registry.requests(), registry.show(service), registry);
      }
      return meters;
    } finally {
      changing.unlock();
    }
  }

  @Override
  public void onEnd(String balancer, Endpoint endpoint, Outcome outcome, long latencyNanos) {
    Meters all = meters();
    if (all != null) {
      all.requests.onEnd(balancer, endpoint, outcome, latencyNanos);
    }
  }

  @Override
  public void onEvent(BalancerEvent event) {
    if (event instanceof PanicChanged change) {
      panicChanged(change);
      return;
    }
    Meters all = meters();
    if (all == null) {
      return;
    }
    if (!(event instanceof BalancerEvent.Closed)) {
      all.requests.onEvent(event);
      return;
    }
    Balancer present = all.registry.present(service);
    if (present == null) {
      all.requests.onEvent(event);
      close(all);
    } else {
      replaced(all, present);
    }
  }

  private void panicChanged(PanicChanged change) {
    changing.lock();
    try {
      panic = change.panic();
      Meters all = meters();
      if (all != null) {
        all.requests.onEvent(change);
      }
    } finally {
      changing.unlock();
    }
  }

  /**
   * The one that was replaced does not tell any more that its panic is over, and what it told last
   * may have come after what the present one has told.
   */
  private void replaced(Meters all, Balancer present) {
    changing.lock();
    try {
      boolean now = present.explain(RequestContext.none()).panic();
      if (now != panic) {
        panic = now;
        all.requests.onEvent(new PanicChanged(service, now, present.capacity()));
      }
    } finally {
      changing.unlock();
    }
  }

  private void close(Meters all) {
    changing.lock();
    try {
      meters = null;
      panic = false;
      all.calls.close();
    } finally {
      changing.unlock();
    }
  }

  @Override
  public void onAttempt(
      FailoverCall call,
      Endpoint endpoint,
      Outcome outcome,
      long latencyNanos,
      int number,
      boolean hedge) {
    Meters all = meters();
    if (all != null) {
      all.calls.onAttempt(call, endpoint, outcome, latencyNanos, number, hedge);
    }
  }

  @Override
  public void onCall(FailoverCall call, @Nullable Reason failed, long nanos) {
    Meters all = meters();
    if (all != null) {
      all.calls.onCall(call, failed, nanos);
    }
  }
}
