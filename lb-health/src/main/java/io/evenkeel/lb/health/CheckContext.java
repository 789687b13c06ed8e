package io.evenkeel.lb.health;

import io.evenkeel.lb.Node;
import io.evenkeel.lb.Scheduler;
import io.evenkeel.lb.Ticker;
import java.util.random.RandomGenerator;

/** What the check of one endpoint in one balancer is given. Thread-safe. */
public interface CheckContext {
  /** The name of the balancer. */
  String balancer();

  /** Which endpoint; its facts other than id and address may change while the check runs. */
  Node node();

  /** The balancer's clock. */
  Ticker ticker();

  /** What runs tasks in the background; its scheduled tasks must not block. */
  Scheduler scheduler();

  /** The balancer's source of chance. */
  RandomGenerator random();

  /**
   * For how long the endpoint has had no request of this balancer, in nanoseconds to within a
   * second; 0 while there are some.
   */
  long quietNanos();

  /**
   * Says how the endpoint is from now on, until the next verdict. To be called when that changes;
   * the same verdict again is ignored. What a check that was ended reports is ignored, too.
   */
  void report(Verdict verdict);

  /** Makes known that something which a user has plugged in threw an exception. */
  void failed(Throwable thrown);
}
