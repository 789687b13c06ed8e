package io.evenkeel.lb.benchmark;

import io.github.resilience4j.bulkhead.Bulkhead;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.ratelimiter.RateLimiter;
import io.github.resilience4j.ratelimiter.RateLimiterConfig;
import io.github.resilience4j.retry.Retry;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * What Resilience4j's decorators add to a call that does nothing and succeeds. They are made once
 * and shared by all threads, as in an application, with the settings of the library but for the
 * rate limit, which is out of reach. Nobody listens to their events. Each operation has the call;
 * none has a failure, a wait or a state that changes.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class ResilienceBenchmark {

  /** The call alone, through a {@link Supplier}. */
  @Benchmark
  public Object bareCall(Bare state) {
    return state.call.get();
  }

  /** The same with something around it. */
  @Benchmark
  public Object decoratedCall(Decorated state) {
    return state.call.get();
  }

  /** What an operation includes besides the call. */
  public enum Around {
    /** A permission, two readings of the clock, and a success among the last 100 calls. */
    CIRCUIT_BREAKER,
    /** An object for the attempts of the call, and a look at the result: there is no second one. */
    RETRY,
    /** One of 25 permits, taken from a semaphore and given back. */
    BULKHEAD,
    /** A reading of the clock, and a permit less of a billion for each second. */
    RATE_LIMITER,
    /** All four: the retry outermost, then circuit breaker, rate limiter and bulkhead. */
    ALL;

    private Supplier<Object> decorate(Supplier<Object> call) {
      return switch (this) {
        case CIRCUIT_BREAKER ->
            CircuitBreaker.decorateSupplier(CircuitBreaker.ofDefaults("measured"), call);
        case RETRY -> Retry.decorateSupplier(Retry.ofDefaults("measured"), call);
        case BULKHEAD -> Bulkhead.decorateSupplier(Bulkhead.ofDefaults("measured"), call);
        case RATE_LIMITER ->
            RateLimiter.decorateSupplier(RateLimiter.of("measured", OUT_OF_REACH), call);
        case ALL ->
            RETRY.decorate(
                CIRCUIT_BREAKER.decorate(RATE_LIMITER.decorate(BULKHEAD.decorate(call))));
      };
    }
  }

  private static final RateLimiterConfig OUT_OF_REACH =
      RateLimiterConfig.custom()
          .limitForPeriod(1_000_000_000)
          .limitRefreshPeriod(Duration.ofSeconds(1))
          .build();

  /** A call. */
  @State(Scope.Benchmark)
  public static class Bare {
    private final Object answer = new Object();

    final Supplier<Object> call = () -> answer;
  }

  /** A call with something around it. */
  @State(Scope.Benchmark)
  public static class Decorated {
    /** What is around it. */
    @Param public Around around;

    private final Object answer = new Object();

    Supplier<Object> call;

    /** Puts it there. */
    @Setup
    public void setUp() {
      call = around.decorate(() -> answer);
    }
  }
}
