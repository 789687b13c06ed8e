package io.evenkeel.lb.failover;

import static java.util.Objects.requireNonNull;

import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.Scheduler;
import io.evenkeel.lb.Ticker;
import io.evenkeel.lb.failover.setting.Expect;
import io.github.resilience4j.ratelimiter.RateLimiter;
import io.github.resilience4j.retry.RetryConfig;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadLocalRandom;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** Builds a {@link Failover}. All settings have defaults. Not thread-safe. */
public final class FailoverBuilder {
  private static final int ATTEMPTS_IN_DEADLINE = 3;

  final Balancer balancer;
  Duration deadline = Duration.ofSeconds(10);
  private @Nullable Duration attemptTimeout;
  RetryConfig retry = Retries.defaults();
  RetryBudget budget = RetryBudget.ofDefaults();
  Outcomes outcomes = Outcomes.ofDefaults();
  @Nullable ClientThrottle throttle;
  @Nullable RateLimiter rateLimiter;
  RandomGenerator random = () -> ThreadLocalRandom.current().nextLong();
  boolean idempotent;
  @Nullable Hedging hedging;
  Executor executor = HedgeThreads.shared();
  final List<FailoverListener> listeners = new ArrayList<>();
  Ticker ticker = Ticker.system();
  Scheduler scheduler = Scheduler.shared();

  FailoverBuilder(Balancer balancer) {
    this.balancer = requireNonNull(balancer, "balancer");
  }

  /**
   * How long a call may take in all, with its attempts and pauses. By default 10 s; a call may have
   * a shorter {@link CallContext#TIME_LIMIT}.
   *
   * @throws IllegalArgumentException unless it is above 0 and at most a day
   */
  public FailoverBuilder deadline(Duration deadline) {
    this.deadline = Expect.positive("deadline", deadline);
    return this;
  }

  /**
   * How long an attempt may take. By default a third of the deadline. A thread that waits for an
   * operation is interrupted within 5 ms after it.
   *
   * @throws IllegalArgumentException unless it is above 0 and at most a day
   */
  public FailoverBuilder attemptTimeout(Duration timeout) {
    this.attemptTimeout = Expect.positive("attemptTimeout", timeout);
    return this;
  }

  long attemptTimeoutNanos() {
    return attemptTimeout == null
        ? deadline.toNanos() / ATTEMPTS_IN_DEADLINE
        : Math.min(attemptTimeout.toNanos(), deadline.toNanos());
  }

  /**
   * How many attempts there may be, after which pauses, and what is never to be repeated: its
   * exception predicate narrows what {@link Outcomes} take for failures, its result predicate
   * widens it. By default 3 attempts, {@link Backoff#ofDefaults()}.
   */
  public FailoverBuilder retry(RetryConfig retry) {
    this.retry = requireNonNull(retry, "retry");
    return this;
  }

  /** How many attempts there may be beyond the first of each call. */
  public FailoverBuilder budget(RetryBudget budget) {
    this.budget = requireNonNull(budget, "budget");
    return this;
  }

  /** What results and exceptions say of an endpoint. */
  public FailoverBuilder outcomes(Outcomes outcomes) {
    this.outcomes = requireNonNull(outcomes, "outcomes");
    return this;
  }

  /** Turns calls away while most of them are rejected. By default none. */
  public FailoverBuilder throttle(ClientThrottle throttle) {
    this.throttle = requireNonNull(throttle, "throttle");
    return this;
  }

  /**
   * Limits the rate of calls; those that may wait for their turn, by the limiter's own timeout, do
   * so within the deadline. By default there is no limit.
   */
  public FailoverBuilder rateLimiter(RateLimiter rateLimiter) {
    this.rateLimiter = requireNonNull(rateLimiter, "rateLimiter");
    return this;
  }

  /**
   * Whether calls that do not say so may be processed more than once without harm. By default not.
   */
  public FailoverBuilder idempotent(boolean idempotent) {
    this.idempotent = idempotent;
    return this;
  }

  /**
   * Hedges calls. One that waits then runs its attempts on other threads, of a pool that makes as
   * many as are needed, and not on the caller's; {@link #hedging(Hedging, Executor)} gives others.
   * By default no call is hedged.
   */
  public FailoverBuilder hedging(Hedging hedging) {
    return hedging(hedging, HedgeThreads.shared());
  }

  /**
   * Hedges calls.
   *
   * @param executor runs the attempts of calls that wait; each occupies a thread. What it rejects
   *     fails the attempt, as does what no thread of it begins within the attempt's time; neither
   *     is held against the endpoint
   */
  public FailoverBuilder hedging(Hedging hedging, Executor executor) {
    this.hedging = requireNonNull(hedging, "hedging");
    this.executor = requireNonNull(executor, "executor");
    return this;
  }

  /** Adds one that is told of calls and attempts, after those that were added before it. */
  public FailoverBuilder listener(FailoverListener listener) {
    listeners.add(requireNonNull(listener, "listener"));
    return this;
  }

  /** The clock. By default the machine's monotonic one. */
  public FailoverBuilder ticker(Ticker ticker) {
    this.ticker = requireNonNull(ticker, "ticker");
    return this;
  }

  /** What runs timers. By default one thread for all of the JVM. */
  public FailoverBuilder scheduler(Scheduler scheduler) {
    this.scheduler = requireNonNull(scheduler, "scheduler");
    return this;
  }

  /** Chance. By default a generator of each thread; another must be safe for concurrent use. */
  public FailoverBuilder random(RandomGenerator random) {
    this.random = requireNonNull(random, "random");
    return this;
  }

  /** The failover. It has no threads of its own. */
  public Failover build() {
    return new Failover(new Rules(this));
  }
}
