package io.evenkeel.lb.failover.pattern;

import static java.util.Objects.requireNonNull;

import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.Scheduler;
import io.evenkeel.lb.Ticker;
import io.evenkeel.lb.failover.setting.Expect;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Builds a {@link Standby}. All settings have defaults. Not thread-safe. */
public final class StandbyBuilder {
  /** Half, less what sums of weights may be off. */
  private static final double LEAST_CAPACITY = 0.5 - 1e-9;

  final String name;
  final Members members;
  Predicate<Balancer> fit = balancer -> balancer.capacity() >= LEAST_CAPACITY;
  Duration lookEvery = Duration.ofMillis(100);
  Duration patience = Duration.ZERO;
  Duration holdDown = Duration.ofSeconds(30);
  boolean manualFailBack;
  @Nullable Leadership leadership;
  Consumer<Switch> listener = change -> {};
  Ticker ticker = Ticker.system();
  Scheduler scheduler = Scheduler.shared();

  StandbyBuilder(String name, List<Balancer> balancers) {
    this.name = requireNonNull(name, "name");
    this.members = new Members(balancers);
    Expect.within("balancers", balancers.size(), 1, 1000);
  }

  /**
   * Whether a balancer can take all calls. By default, when half of its {@linkplain
   * Balancer#capacity capacity} is fit. Not asked on the request path.
   */
  public StandbyBuilder fit(Predicate<Balancer> fit) {
    this.fit = requireNonNull(fit, "fit");
    return this;
  }

  /**
   * How often to look how fit they are. By default every 100 ms.
   *
   * @throws IllegalArgumentException unless it is above 0 and at most a day
   */
  public StandbyBuilder lookEvery(Duration period) {
    this.lookEvery = Expect.positive("lookEvery", period);
    return this;
  }

  /**
   * How long the active one has to be unfit without a break before another replaces it. By default
   * 0: what judges endpoints has a patience of its own.
   *
   * @throws IllegalArgumentException unless it is from 0 to a day
   */
  public StandbyBuilder patience(Duration patience) {
    this.patience = Expect.notNegative("patience", patience);
    return this;
  }

  /**
   * How long a preferred one has to be fit without a break before it replaces the active one. By
   * default 30 s.
   *
   * @throws IllegalArgumentException unless it is from 0 to a day
   */
  public StandbyBuilder holdDown(Duration holdDown) {
    this.holdDown = Expect.notNegative("holdDown", holdDown);
    return this;
  }

  /** Leaves it to people to {@linkplain Standby#failBack fail back}. By default it is automatic. */
  public StandbyBuilder manualFailBack() {
    this.manualFailBack = true;
    return this;
  }

  /** Has others decide who is active, whatever the health. */
  public StandbyBuilder leadership(Leadership leadership) {
    this.leadership = requireNonNull(leadership, "leadership");
    return this;
  }

  /** Is told of each switch, after it was made; must not block. */
  public StandbyBuilder listener(Consumer<Switch> listener) {
    this.listener = requireNonNull(listener, "listener");
    return this;
  }

  /** The clock. By default the machine's monotonic one. */
  public StandbyBuilder ticker(Ticker ticker) {
    this.ticker = requireNonNull(ticker, "ticker");
    return this;
  }

  /** What looks after fitness. By default one thread for all of the JVM. */
  public StandbyBuilder scheduler(Scheduler scheduler) {
    this.scheduler = requireNonNull(scheduler, "scheduler");
    return this;
  }

  /** The standby. The first balancer is active until the first look, or the leader is. */
  public Standby build() {
    Standby standby = new Standby(this);
    standby.start();
    return standby;
  }
}
