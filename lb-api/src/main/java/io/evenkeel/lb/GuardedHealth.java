package io.evenkeel.lb;

import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The monitors that a balancer was given, with their exceptions caught; without one all are fit.
 * Used by the control thread alone.
 */
final class GuardedHealth {
  private final List<HealthMonitor> monitors = new ArrayList<>();
  private final Faults faults;

  /**
   * @param onChange to be called when a health has changed, from any thread
   */
  GuardedHealth(BalancerBuilder settings, Faults faults, Runnable onChange) {
    this.faults = faults;
    Context context =
        new Context(
            settings.name, settings.ticker, settings.scheduler, settings.random, faults, onChange);
    try {
      settings.health.forEach(policy -> monitors.add(policy.newMonitor(context)));
    } catch (Throwable t) {
      // There will be no balancer that could close them.
      close();
      throw t;
    }
  }

  /** Null for an endpoint that nobody judges. */
  @Nullable HealthIndicator watch(Node node) {
    if (monitors.isEmpty()) {
      return null;
    }
    if (monitors.size() == 1) {
      return watch(monitors.get(0), node);
    }
    HealthIndicator[] parts = new HealthIndicator[monitors.size()];
    for (int i = 0; i < parts.length; i++) {
      parts[i] = watchOrNot(monitors.get(i), node);
    }
    return new CombinedHealth(parts, node, faults);
  }

  /** Asks monitors once more that could not make an indicator for the node. */
  @Nullable HealthIndicator complete(Node node) {
    HealthIndicator indicator = node.indicator;
    if (indicator == null) {
      return watch(node);
    }
    if (!(indicator instanceof CombinedHealth combined)) {
      return indicator;
    }
    HealthIndicator[] parts = combined.parts.clone();
    boolean changed = false;
    for (int i = 0; i < parts.length; i++) {
      if (parts[i] == CombinedHealth.UNJUDGED) {
        parts[i] = watchOrNot(monitors.get(i), node);
        changed |= parts[i] != CombinedHealth.UNJUDGED;
      }
    }
    return changed ? new CombinedHealth(parts, node, faults) : indicator;
  }

  private HealthIndicator watchOrNot(HealthMonitor monitor, Node node) {
    HealthIndicator indicator = watch(monitor, node);
    return indicator == null ? CombinedHealth.UNJUDGED : indicator;
  }

  private @Nullable HealthIndicator watch(HealthMonitor monitor, Node node) {
    try {
      return monitor.watch(node);
    } catch (Throwable t) {
      faults.report(Faults.Component.HEALTH, t);
      return null;
    }
  }

  void close(@Nullable HealthIndicator indicator) {
    if (indicator != null) {
      try {
        indicator.close();
      } catch (Throwable t) {
        faults.report(Faults.Component.HEALTH, t);
      }
    }
  }

  void panicChanged(boolean panic) {
    for (HealthMonitor monitor : monitors) {
      try {
        monitor.panicChanged(panic);
      } catch (Throwable t) {
        faults.report(Faults.Component.HEALTH, t);
      }
    }
  }

  void close() {
    for (HealthMonitor monitor : monitors) {
      try {
        monitor.close();
      } catch (Throwable t) {
        faults.report(Faults.Component.HEALTH, t);
      }
    }
  }

  private record Context(
      String balancer,
      Ticker ticker,
      Scheduler scheduler,
      RandomGenerator random,
      Faults faults,
      Runnable onChange)
      implements HealthContext {
    @Override
    public void changed() {
      onChange.run();
    }

    @Override
    public void report(Throwable thrown) {
      faults.report(Faults.Component.HEALTH, thrown);
    }
  }
}
