package io.evenkeel.lb.failover.pattern;

import static java.util.Objects.requireNonNull;

import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.Scheduler;
import io.evenkeel.lb.Ticker;
import io.evenkeel.lb.failover.setting.Expect;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.DoubleSupplier;

/** Builds a {@link Migration}. All settings have defaults. Not thread-safe. */
public final class MigrationBuilder {
  final String name;
  final Balancer from;
  final Balancer to;
  Duration ramp = Duration.ofMinutes(5);
  DoubleSupplier chance = () -> ThreadLocalRandom.current().nextDouble();
  Ticker ticker = Ticker.system();
  Scheduler scheduler = Scheduler.shared();

  MigrationBuilder(String name, Balancer from, Balancer to) {
    this.name = requireNonNull(name, "name");
    Members.requireDistinct(List.of(from, to));
    this.from = from;
    this.to = to;
  }

  /**
   * How long it takes for all requests to have moved. By default 5 minutes.
   *
   * @throws IllegalArgumentException unless it is above 0 and at most a day
   */
  public MigrationBuilder ramp(Duration ramp) {
    this.ramp = Expect.positive("ramp", ramp);
    return this;
  }

  /**
   * Draws for requests without affinity, from 0 to below 1; must be safe for concurrent use. By
   * default each thread's own generator.
   */
  public MigrationBuilder chance(DoubleSupplier chance) {
    this.chance = requireNonNull(chance, "chance");
    return this;
  }

  /** The clock. By default the machine's monotonic one. */
  public MigrationBuilder ticker(Ticker ticker) {
    this.ticker = requireNonNull(ticker, "ticker");
    return this;
  }

  /** What runs background tasks. By default one thread for all of the JVM. */
  public MigrationBuilder scheduler(Scheduler scheduler) {
    this.scheduler = requireNonNull(scheduler, "scheduler");
    return this;
  }

  /** The migration, which has not begun. */
  public Migration build() {
    return new Migration(this);
  }
}
