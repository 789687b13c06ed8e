package io.evenkeel.lb.failover.gate;

import static java.util.Objects.requireNonNull;

import io.evenkeel.lb.HealthContext;
import io.evenkeel.lb.HealthMonitor;
import io.evenkeel.lb.HealthPolicy;
import io.evenkeel.lb.failover.setting.Expect;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig.SlidingWindowSynchronizationStrategy;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig.SlidingWindowType;
import io.github.resilience4j.circuitbreaker.CircuitBreakerRegistry;
import io.github.resilience4j.core.IntervalFunction;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A circuit breaker of Resilience4j on each endpoint. While it is open the endpoint is not offered;
 * the request goes elsewhere, and does not fail. Afterwards a few requests try it.
 *
 * <pre>{@code
 * Balancer.builder("orders").source(polled).health(Breakers.ofDefaults()).build();
 * }</pre>
 *
 * <p>Around the breaker stands what it lacks:
 *
 * <ul>
 *   <li>A result counts only in the very state that admitted the request. What was begun while the
 *       breaker was closed says nothing when it comes in among the trials.
 *   <li>Half open, exactly as many requests begin as the configuration permits. One that ends as
 *       {@code CANCELLED}, as forgotten leases do, counts neither way, and another takes its place.
 *   <li>When the wait is over the endpoint is offered again, even if no request asked for it.
 *   <li>Time is the balancer's ticker: it does not matter if somebody sets the clock.
 * </ul>
 *
 * <p>A configuration means what it means to Resilience4j, except:
 *
 * <ul>
 *   <li>The outcome of a request says whether it failed ({@code Outcome.isFailure()}), not the
 *       predicates over exceptions and results: the balancer is not told of those. Events carry an
 *       exception without a stack trace, whose message is the name of the outcome.
 *   <li>Windows that count are free of locks. Those by time are as configured: without locks they
 *       go by the system's own monotonic clock, whatever ticker the balancer has, and with them a
 *       request may have to wait for another.
 *   <li>Breakers always half-open by themselves, and {@code maxWaitDurationInHalfOpenState} is
 *       kept, both by the balancer's scheduler.
 *   <li>A request that is passed on to another endpoint is no call that was not permitted.
 * </ul>
 *
 * <p>In panic, when more than half of the capacity is unfit, breakers refuse nothing, and not until
 * half of them are closed again: what fails everywhere is not the endpoint's fault, and the first
 * endpoint to recover would else wait for its time. Trials go on, and requests beside them count
 * neither way. To shed load instead, build the balancer with a panic threshold of 0. A breaker that
 * was forced open takes its endpoint out of service on purpose, in panic too.
 *
 * <p>Breakers are in the {@linkplain Builder#registry registry} as {@code <balancer>/<endpoint id>}
 * for as long as the balancer knows the endpoint. Their metrics, their events and the methods that
 * change their state work as ever; such a change is noticed by the next request, or within a
 * quarter of a second. Each listener costs an event for every request.
 *
 * <p>Immutable and thread-safe; one policy may serve many balancers.
 */
public final class Breakers implements HealthPolicy {
  private static final CircuitBreakerConfig RECOMMENDED =
      CircuitBreakerConfig.custom()
          .slidingWindow(
              50, 20, SlidingWindowType.COUNT_BASED, SlidingWindowSynchronizationStrategy.LOCK_FREE)
          .failureRateThreshold(50)
          .permittedNumberOfCallsInHalfOpenState(3)
          .waitIntervalFunctionInOpenState(doubling(Duration.ofSeconds(2), Duration.ofSeconds(30)))
          .build();

  private final CircuitBreakerConfig config;
  private final CircuitBreakerRegistry registry;

  private Breakers(Builder builder) {
    this.config = builder.config;
    this.registry =
        builder.registry == null ? CircuitBreakerRegistry.of(builder.config) : builder.registry;
  }

  /** Breakers with the {@linkplain #recommended recommended} configuration. */
  public static Breakers ofDefaults() {
    return builder().build();
  }

  /** Breakers with this configuration, and a registry of their own. */
  public static Breakers of(CircuitBreakerConfig config) {
    return builder().config(config).build();
  }

  /**
   * What breakers have by default, to begin another configuration with ({@code
   * CircuitBreakerConfig.from}).
   *
   * <ul>
   *   <li>They open when half of the last 50 requests failed, of at least 20: fewer prove little,
   *       and a longer window takes longer to turn. It has no locks.
   *   <li>How slow a request was does not count: that is relative to the other endpoints, which a
   *       breaker does not see.
   *   <li>They stay open for 2 seconds, and for twice as long each time that a trial fails, up to
   *       30, give or take a tenth: a restart is over in seconds, and what is not should not cost
   *       many requests.
   *   <li>3 trials, of which 2 must succeed: one success may be chance, and each trial is a request
   *       at risk.
   * </ul>
   */
  public static CircuitBreakerConfig recommended() {
    return RECOMMENDED;
  }

  /**
   * How long breakers stay open, for {@code waitIntervalFunctionInOpenState}: at first that long,
   * and each time that a trial fails twice as long, up to the longest, give or take a tenth.
   *
   * @throws IllegalArgumentException unless 1 ms &lt;= openFor &lt;= longestOpen &lt;= 1 day
   */
  public static IntervalFunction doubling(Duration openFor, Duration longestOpen) {
    Expect.positive("longestOpen", longestOpen);
    Expect.positive("openFor", openFor);
    if (openFor.toMillis() < 1) {
      throw new IllegalArgumentException("openFor: " + openFor + " (expected: >= PT0.001S)");
    }
    if (longestOpen.compareTo(openFor) < 0) {
      throw new IllegalArgumentException(
          "longestOpen: " + longestOpen + " (expected: >= " + openFor + ", openFor)");
    }
    return new Doubling(openFor, longestOpen);
  }

  /** Begins a policy. */
  public static Builder builder() {
    return new Builder();
  }

  @Override
  public HealthMonitor newMonitor(HealthContext context) {
    return new BreakerMonitor(config, registry, context);
  }

  /** Where the breakers are, by name. */
  public CircuitBreakerRegistry registry() {
    return registry;
  }

  @Override
  public String toString() {
    return "Breakers[open at "
        + config.getFailureRateThreshold()
        + " % of "
        + config.getSlidingWindowSize()
        + (config.getSlidingWindowType() == SlidingWindowType.TIME_BASED ? " s" : "")
        + ", at least "
        + config.getMinimumNumberOfCalls()
        + ", for "
        + config.getWaitIntervalFunctionInOpenState()
        + ", trials "
        + config.getPermittedNumberOfCallsInHalfOpenState()
        + "]";
  }

  /** Builds {@link Breakers}. Not thread-safe. */
  public static final class Builder {
    private CircuitBreakerConfig config = RECOMMENDED;
    private @Nullable CircuitBreakerRegistry registry;

    private Builder() {}

    /** How each breaker is configured. By default as {@linkplain Breakers#recommended here}. */
    public Builder config(CircuitBreakerConfig config) {
      this.config = requireNonNull(config, "config");
      return this;
    }

    /**
     * Where the breakers are to be found. By default a registry of their own. The default
     * configuration of a registry is not used: give it to {@link #config}.
     */
    public Builder registry(CircuitBreakerRegistry registry) {
      this.registry = requireNonNull(registry, "registry");
      return this;
    }

    /** Builds the policy. */
    public Breakers build() {
      return new Breakers(this);
    }
  }
}
