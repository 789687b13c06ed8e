package io.evenkeel.lb.spring;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What a call may cost, how often it is tried, and what stands before each endpoint.
 *
 * @param deadline How long a call may take in all; with RestClient and RestTemplate until there is
 *     a response, whose body has the read timeout of the client.
 * @param attemptTimeout How long an attempt may take. By default a third of the deadline.
 * @param deadlineHeader In which header attempts say how many milliseconds the call may still take.
 *     OkHttp has that of the defaults for all services.
 * @param attempts How many attempts a call may have, 1 for no retry.
 * @param idempotent Whether any call of the service may be processed twice without harm.
 * @param backoff Pauses before retries.
 * @param budget How many retries there may be.
 * @param hedging Second attempts for slow calls through a Failover or OkHttp.
 * @param throttle Turns calls away while servers turn most of them away.
 * @param breaker Circuit breakers, one on each endpoint.
 * @param limits Limits on the requests in flight that find themselves, one on each endpoint.
 * @param bulkhead A fixed limit on the requests in flight at each endpoint.
 * @param resilience4j Names of instances in Resilience4j's registries, which take the place of the
 *     library's defaults.
 */
record FailoverProperties(
    @Nullable Duration deadline,
    @Nullable Duration attemptTimeout,
    @Nullable String deadlineHeader,
    @Nullable Integer attempts,
    @Nullable Boolean idempotent,
    @Nullable Backoff backoff,
    @Nullable Budget budget,
    @Nullable Hedging hedging,
    @Nullable Throttle throttle,
    @Nullable Breaker breaker,
    @Nullable Limits limits,
    @Nullable Bulkhead bulkhead,
    @Nullable Resilience4j resilience4j) {

  /**
   * @param jitter How pauses are drawn.
   * @param base The first pause, at most.
   * @param cap The longest pause.
   */
  record Backoff(@Nullable Jitter jitter, @Nullable Duration base, @Nullable Duration cap) {

    /** How pauses are drawn. */
    enum Jitter {
      /** Anything up to the most. */
      FULL,
      /** From half of the most. */
      EQUAL,
      /** From the base to three times the pause before. */
      DECORRELATED
    }
  }

  /**
   * @param type By what it is reckoned.
   * @param share Of the calls in the window, 0 to 1.
   * @param window A second at least.
   * @param max Of tokens, 1 to 1000.
   * @param ratio What a success gives back, 0.001 to 1.
   */
  record Budget(
      @Nullable Type type,
      @Nullable Double share,
      @Nullable Duration window,
      @Nullable Integer max,
      @Nullable Double ratio) {

    /** By what a budget is reckoned. */
    enum Type {
      /** A share of the calls in a window. */
      RATE,
      /** The token bucket of gRPC. */
      TOKENS,
      /** No limit. */
      UNLIMITED
    }
  }

  /**
   * @param enabled Whether calls are hedged.
   * @param share How many calls, 0.001 to 0.5.
   * @param delay After which time; by default the slowest are hedged.
   */
  record Hedging(@Nullable Boolean enabled, @Nullable Double share, @Nullable Duration delay) {}

  /**
   * @param enabled Whether calls are turned away.
   * @param factor How many are let through for each that is accepted, 1.1 to 100.
   * @param window How long calls are remembered.
   */
  record Throttle(@Nullable Boolean enabled, @Nullable Double factor, @Nullable Duration window) {}

  /**
   * @param enabled Whether there are breakers.
   * @param failureRate At how many percent of failures one opens.
   * @param window Of how many requests.
   * @param minimumCalls How many requests it takes at least.
   * @param openFor How long it is open the first time; twice as long each time after.
   * @param longestOpen How long it is open at most.
   * @param trials How many requests try the endpoint then.
   */
  record Breaker(
      @Nullable Boolean enabled,
      @Nullable Float failureRate,
      @Nullable Integer window,
      @Nullable Integer minimumCalls,
      @Nullable Duration openFor,
      @Nullable Duration longestOpen,
      @Nullable Integer trials) {}

  /**
   * @param enabled Whether there are limits.
   * @param algorithm How they are found.
   * @param least The smallest limit.
   * @param most The largest limit.
   */
  record Limits(
      @Nullable Boolean enabled,
      @Nullable Algorithm algorithm,
      @Nullable Integer least,
      @Nullable Integer most) {

    /** How limits are found. */
    enum Algorithm {
      /** By short against long latency. */
      GRADIENT2,
      /** By the queue that latency shows. */
      VEGAS
    }
  }

  /**
   * @param maxConcurrentCalls How many requests may be in flight at an endpoint.
   */
  record Bulkhead(@Nullable Integer maxConcurrentCalls) {}

  /**
   * @param retry A retry, whose attempts, pauses and exceptions hold for calls.
   * @param circuitBreaker A circuit breaker: there is one like it on each endpoint.
   * @param bulkhead A bulkhead: there is one like it on each endpoint.
   * @param rateLimiter A rate limiter that calls have to pass, with all others that use it.
   * @param timeLimiter A time limiter, whose time-out holds for attempts.
   */
  record Resilience4j(
      @Nullable String retry,
      @Nullable String circuitBreaker,
      @Nullable String bulkhead,
      @Nullable String rateLimiter,
      @Nullable String timeLimiter) {}
}
