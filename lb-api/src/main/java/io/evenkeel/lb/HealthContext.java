package io.evenkeel.lb;

import java.util.random.RandomGenerator;

/** What a balancer gives to the {@link HealthMonitor} that judges its endpoints. Thread-safe. */
public interface HealthContext {
  /** The name of the balancer. */
  String balancer();

  /** The balancer's clock. */
  Ticker ticker();

  /** What runs tasks in the background. Nothing stops them when the balancer closes. */
  Scheduler scheduler();

  /** The balancer's source of chance. */
  RandomGenerator random();

  /**
   * To be called whenever the {@link HealthIndicator#health()} of an endpoint has changed. Returns
   * at once; many calls in a row are taken for one.
   */
  void changed();

  /**
   * Makes known that something which a user has plugged in threw an exception, as a {@link
   * BalancerEvent.ComponentFailed} and in the log, at most once a minute.
   */
  void report(Throwable thrown);
}
