package io.evenkeel.lb;

import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The monitor that a balancer was given, with its exceptions caught; without one all are fit. Used
 * by the control thread alone.
 */
final class GuardedHealth {
  private final @Nullable HealthMonitor monitor;
  private final Faults faults;

  /**
   * @param onChange to be called when a health has changed, from any thread
   */
  GuardedHealth(BalancerBuilder settings, Faults faults, Runnable onChange) {
    this.faults = faults;
    HealthPolicy policy = settings.health;
    this.monitor =
        policy == null
            ? null
            : policy.newMonitor(
                new Context(
                    settings.name,
                    settings.ticker,
                    settings.scheduler,
                    settings.random,
                    faults,
                    onChange));
  }

  /** Null for an endpoint that nobody judges. */
  @Nullable HealthIndicator watch(Node node) {
    if (monitor == null) {
      return null;
    }
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
    if (monitor != null) {
      try {
        monitor.panicChanged(panic);
      } catch (Throwable t) {
        faults.report(Faults.Component.HEALTH, t);
      }
    }
  }

  void close() {
    if (monitor != null) {
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
