package io.evenkeel.lb.failover.gate;

import io.evenkeel.lb.Node;
import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.stress.Still;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreaker.State;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import io.github.resilience4j.circuitbreaker.CircuitBreakerRegistry;
import io.github.resilience4j.core.IntervalFunction;

/** A gate whose breaker is half open, cheap enough to be made anew for each of many trials. */
final class Tried {
  private static final Still STILL = new Still();
  private static final Node NODE = Still.node();

  private final BreakerGate gate;

  /**
   * @param trials how many are permitted
   */
  Tried(int trials) {
    CircuitBreakerConfig config =
        CircuitBreakerConfig.custom()
            .permittedNumberOfCallsInHalfOpenState(trials)
            .initialState(State.HALF_OPEN)
            .build();
    BreakerMonitor monitor = new BreakerMonitor(config, CircuitBreakerRegistry.ofDefaults(), STILL);
    Waits waits = new Waits(IntervalFunction.ofDefaults());
    gate = new BreakerGate(monitor, NODE, waits, CircuitBreaker.of("tried", config));
  }

  /** Whether a request that begins at some moment is let in. */
  boolean begin(long begun) {
    return gate.admit(begun);
  }

  /** A request that began at some moment ends at some later one. */
  void end(long begun, Outcome outcome) {
    gate.record(outcome, 100 - begun, 100);
  }

  /** How many results the breaker has. */
  int results() {
    return gate.breaker().getMetrics().getNumberOfBufferedCalls();
  }
}
