package io.evenkeel.lb.failover.gate;

import static java.util.concurrent.TimeUnit.NANOSECONDS;

import io.evenkeel.lb.HealthContext;
import io.evenkeel.lb.HealthIndicator;
import io.evenkeel.lb.HealthMonitor;
import io.evenkeel.lb.Node;
import io.evenkeel.lb.Scheduler.Scheduled;
import io.evenkeel.lb.Ticker;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreaker.State;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig.SlidingWindowSynchronizationStrategy;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig.SlidingWindowType;
import io.github.resilience4j.circuitbreaker.CircuitBreakerRegistry;
import io.github.resilience4j.core.IntervalFunction;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** The breakers of one balancer. */
final class BreakerMonitor implements HealthMonitor {
  private final CircuitBreakerConfig settings;
  private final CircuitBreakerRegistry registry;
  private final HealthContext context;
  private final TickerClock clock;
  private final Set<BreakerGate> gates = ConcurrentHashMap.newKeySet();
  private volatile boolean panic;

  /** From panic on, until most breakers are closed again: trials alone carry no load. */
  private volatile boolean lenient;

  BreakerMonitor(
      CircuitBreakerConfig settings, CircuitBreakerRegistry registry, HealthContext context) {
    this.settings = settings;
    this.registry = registry;
    this.context = context;
    this.clock = new TickerClock(context.ticker(), settings.getClock().instant());
  }

  @Override
  public HealthIndicator watch(Node node) {
    IntervalFunction function = settings.getWaitIntervalFunctionInOpenState();
    Waits waits =
        new Waits(
            function instanceof Doubling doubling ? doubling.with(context.random()) : function);
    CircuitBreakerConfig config = config(waits);
    String name = context.balancer() + "/" + node.endpoint().id();
    CircuitBreaker breaker = registry.circuitBreaker(name, config);
    if (breaker.getCircuitBreakerConfig() != config) {
      throw new IllegalStateException(
          "breaker: " + name + " (expected: a name that is not taken in the registry)");
    }
    BreakerGate gate = new BreakerGate(this, node, waits, breaker);
    gates.add(gate);
    return gate;
  }

  /** What the user wants, with the balancer's clock, scheduler and outcomes in it. */
  private CircuitBreakerConfig config(Waits waits) {
    CircuitBreakerConfig.Builder builder =
        CircuitBreakerConfig.from(settings)
            .waitIntervalFunctionInOpenState(waits)
            .clock(clock)
            .currentTimestampFunction(any -> context.ticker().read(), NANOSECONDS)
            .automaticTransitionFromOpenToHalfOpenEnabled(false)
            .maxWaitDurationInHalfOpenState(Duration.ZERO)
            .ignoreExceptionsPrecedenceEnabled(false)
            .recordException(thrown -> true)
            .ignoreException(thrown -> false);
    forgetClasses(builder);
    if (settings.getSlidingWindowType() == SlidingWindowType.COUNT_BASED) {
      builder.slidingWindowSynchronizationStrategy(SlidingWindowSynchronizationStrategy.LOCK_FREE);
    }
    return builder.build();
  }

  @SuppressWarnings({"unchecked", "rawtypes"}) // an array of a generic type
  private static void forgetClasses(CircuitBreakerConfig.Builder builder) {
    builder.recordExceptions(new Class[0]).ignoreExceptions(new Class[0]);
  }

  @Override
  public void panicChanged(boolean panic) {
    this.panic = panic;
    if (panic) {
      lenient = true;
    } else {
      settle();
    }
  }

  /** Whether nothing is to be refused because of failures. */
  boolean isLenient() {
    return lenient;
  }

  private void settle() {
    if (lenient && !panic) {
      int closed = 0;
      int all = 0;
      for (BreakerGate gate : gates) {
        closed += gate.isClosed() ? 1 : 0;
        all += gate.isWithdrawn() ? 0 : 1;
      }
      lenient = 2 * closed < all;
      if (panic) {
        // It has begun meanwhile, and may have said so before this did.
        lenient = true;
      }
    }
  }

  Ticker ticker() {
    return context.ticker();
  }

  int trials() {
    return settings.getPermittedNumberOfCallsInHalfOpenState();
  }

  /** How long trials may take; 0 for no limit. */
  long maxTrialNanos() {
    return settings.getMaxWaitDurationInHalfOpenState().toNanos();
  }

  boolean closesAfterMaxTrial() {
    return settings.getTransitionToStateAfterWaitDuration() == State.CLOSED;
  }

  Scheduled schedule(Runnable task, long delayNanos) {
    return context.scheduler().schedule(task, delayNanos);
  }

  /** A breaker has changed its state. */
  void changed() {
    settle();
    context.changed();
  }

  /** The gate is closed. */
  void left(BreakerGate gate) {
    gates.remove(gate);
    settle();
    CircuitBreaker breaker = gate.breaker();
    if (registry.find(breaker.getName()).filter(found -> found == breaker).isPresent()) {
      registry.remove(breaker.getName());
    }
  }
}
