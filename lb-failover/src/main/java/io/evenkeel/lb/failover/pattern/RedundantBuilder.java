package io.evenkeel.lb.failover.pattern;

import static java.util.Objects.requireNonNull;

import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.Scheduler;
import io.evenkeel.lb.Ticker;
import io.evenkeel.lb.failover.Outcomes;
import io.evenkeel.lb.failover.setting.Expect;
import java.time.Duration;

/** Builds a {@link Redundant}. All settings have defaults. Not thread-safe. */
public final class RedundantBuilder {
  final Balancer balancer;
  final Copies copies;
  Duration deadline = Duration.ofSeconds(10);
  Outcomes outcomes = Outcomes.ofDefaults();
  Ticker ticker = Ticker.system();
  Scheduler scheduler = Scheduler.shared();

  RedundantBuilder(Balancer balancer, Copies copies) {
    this.balancer = requireNonNull(balancer, "balancer");
    this.copies = requireNonNull(copies, "copies");
  }

  /**
   * How long a call and all its copies may take. By default 10 s; a call may have a shorter {@link
   * io.evenkeel.lb.failover.CallContext#TIME_LIMIT}.
   *
   * @throws IllegalArgumentException unless it is above 0 and at most a day
   */
  public RedundantBuilder deadline(Duration deadline) {
    this.deadline = Expect.positive("deadline", deadline);
    return this;
  }

  /** What results and exceptions say of an endpoint, and so which are successes. */
  public RedundantBuilder outcomes(Outcomes outcomes) {
    this.outcomes = requireNonNull(outcomes, "outcomes");
    return this;
  }

  /** The clock. By default the machine's monotonic one. */
  public RedundantBuilder ticker(Ticker ticker) {
    this.ticker = requireNonNull(ticker, "ticker");
    return this;
  }

  /** What runs timers. By default one thread for all of the JVM. */
  public RedundantBuilder scheduler(Scheduler scheduler) {
    this.scheduler = requireNonNull(scheduler, "scheduler");
    return this;
  }

  /** The redundant calls. They have no threads of their own. */
  public Redundant build() {
    return new Redundant(this);
  }
}
