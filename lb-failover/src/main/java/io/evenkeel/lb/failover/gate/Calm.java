package io.evenkeel.lb.failover.gate;

import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig.SlidingWindowType;
import io.github.resilience4j.core.EventProcessor;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Whether the breaker need not be told of a success: its window counts calls, and is full of quick
 * successes, so that one more replaces one of the same kind. That is how it is nearly always, and
 * what the breaker does for a call costs more than all else that happens to it.
 *
 * <p>Memory: a failure ends the calm before the breaker is told of it, so a success that is left
 * out came before. A thread may be late to count its success after a failure; so when enough are
 * counted, what the breaker has seen decides.
 */
final class Calm {
  private final CircuitBreaker breaker;
  private final int window;
  private final long slowNanos;
  private final AtomicInteger inARow = new AtomicInteger();

  Calm(CircuitBreaker breaker) {
    this.breaker = breaker;
    CircuitBreakerConfig config = breaker.getCircuitBreakerConfig();
    this.window =
        config.getSlidingWindowType() == SlidingWindowType.COUNT_BASED
            ? config.getSlidingWindowSize()
            : Integer.MAX_VALUE;
    this.slowNanos = config.getSlowCallDurationThreshold().toNanos();
  }

  /** Whether a success that took so long is nothing new to the breaker, nor to its listeners. */
  boolean covers(long latencyNanos) {
    return inARow.get() >= window && latencyNanos <= slowNanos && !isHeard();
  }

  private boolean isHeard() {
    return !(breaker.getEventPublisher() instanceof EventProcessor<?> events)
        || events.hasConsumers();
  }

  /** The breaker is about to be told of a failure, or of a success that took so long. */
  void before(boolean failure, long latencyNanos) {
    if (failure || latencyNanos > slowNanos) {
      inARow.set(0);
    }
  }

  /** The breaker has been told of a success that took so long. */
  void after(long latencyNanos) {
    if (latencyNanos <= slowNanos
        && inARow.get() < window
        && inARow.incrementAndGet() == window
        && !isAllGood()) {
      inARow.set(0);
    }
  }

  private boolean isAllGood() {
    CircuitBreaker.Metrics seen = breaker.getMetrics();
    return seen.getNumberOfBufferedCalls() == window
        && seen.getNumberOfFailedCalls() == 0
        && seen.getNumberOfSlowCalls() == 0;
  }
}
