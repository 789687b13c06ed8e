package io.evenkeel.lb.benchmark.peer;

import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.BalancerBuilder;
import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.EndpointSource;
import io.evenkeel.lb.Lease;
import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.RequestContext;
import io.evenkeel.lb.failover.CallContext;
import io.evenkeel.lb.failover.Failover;
import io.evenkeel.lb.failover.gate.Breakers;
import io.evenkeel.lb.health.Health;
import io.evenkeel.lb.micrometer.BalancerMetrics;
import io.evenkeel.lb.micrometer.FailoverMetrics;
import io.evenkeel.lb.strategy.IdleFirst;
import io.github.resilience4j.bulkhead.Bulkhead;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.ratelimiter.RateLimiter;
import io.github.resilience4j.ratelimiter.RateLimiterConfig;
import io.github.resilience4j.retry.Retry;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
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
import org.openjdk.jmh.annotations.TearDown;
import org.springframework.cloud.client.ServiceInstance;

/**
 * What it costs to make a call that could fail over, where none does: ten endpoints, and an
 * operation that does nothing and succeeds.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class FailoverBenchmark {
  private static final int ENDPOINTS = 10;

  /** The call through a failover: deadline, retry, budget, balancer, attempt timeout, outcomes. */
  @Benchmark
  public Endpoint call(Pipeline state) {
    return state.failover.call(CallContext.idempotent(), endpoint -> endpoint);
  }

  /** The same with all meters of Micrometer. */
  @Benchmark
  public Endpoint metered(Metered state) {
    return state.failover.call(CallContext.idempotent(), endpoint -> endpoint);
  }

  /** What of it is the balancer's: a choice, and a lease that ends. */
  @Benchmark
  public boolean lease(Pipeline state) {
    Lease lease = state.balancer.lease(RequestContext.none());
    return lease.end(Outcome.SUCCESS);
  }

  /**
   * Resilience4j's four decorators around a choice by Spring Cloud's {@code LoadBalancerClient}.
   */
  @Benchmark
  public ServiceInstance decorators(Decorated state) {
    return state.client.get();
  }

  /** The same around its balancer, which that client has to find first. */
  @Benchmark
  public int decoratorsOfBalancer(Decorated state) {
    return state.balancer.get();
  }

  /** The two of the four that our call has as well, around the balancer. */
  @Benchmark
  public int retryAndBreaker(Decorated state) {
    return state.least.get();
  }

  /** Which health policies the balancer has. */
  public enum Policies {
    NONE,
    /** All detectors. */
    HEALTH,
    /** All detectors, and a breaker on each endpoint: the default pipeline. */
    HEALTH_AND_BREAKERS
  }

  /** A failover over a balancer with the default strategy. */
  @State(Scope.Benchmark)
  public static class Pipeline {
    /** How endpoints are judged. */
    @Param public Policies policies;

    Balancer balancer;
    Failover failover;

    /** Builds it. */
    @Setup
    public void setUp() {
      BalancerBuilder builder = tenEndpoints();
      switch (policies) {
        case NONE -> {}
        case HEALTH -> builder.health(Health.ofDefaults());
        case HEALTH_AND_BREAKERS -> builder.health(Health.ofDefaults(), Breakers.ofDefaults());
      }
      balancer = builder.build();
      failover = Failover.of(balancer);
    }

    /** Closes it. */
    @TearDown
    public void tearDown() {
      balancer.close();
    }
  }

  private static BalancerBuilder tenEndpoints() {
    Endpoint[] endpoints = new Endpoint[ENDPOINTS];
    for (int i = 0; i < ENDPOINTS; i++) {
      endpoints[i] = Endpoint.of("10.0.0.1", 1 + i);
    }
    return Balancer.builder("measured")
        .source(EndpointSource.of(endpoints))
        .strategy(IdleFirst.ofDefaults());
  }

  /** The default pipeline with meters. */
  @State(Scope.Benchmark)
  public static class Metered {
    Balancer balancer;
    Failover failover;

    /** Builds it. */
    @Setup
    public void setUp() {
      MeterRegistry registry = new SimpleMeterRegistry();
      BalancerMetrics ofBalancer = BalancerMetrics.of(registry);
      FailoverMetrics ofFailover = FailoverMetrics.of(registry, "measured");
      balancer =
          tenEndpoints()
              .health(Health.ofDefaults(), Breakers.ofDefaults())
              .listener(ofBalancer)
              .build();
      failover = Failover.builder(balancer).listener(ofFailover).build();
      ofBalancer.show(balancer);
      ofFailover.show(failover);
    }

    /** Closes it. */
    @TearDown
    public void tearDown() {
      balancer.close();
    }
  }

  /** Spring's choices with decorators around them. */
  @State(Scope.Benchmark)
  public static class Decorated {
    Supplier<ServiceInstance> client;
    Supplier<Integer> balancer;
    Supplier<Integer> least;

    /** Puts them there. */
    @Setup
    public void setUp() {
      Chooser spring = SpringPeer.roundRobin(ENDPOINTS);
      balancer = decorated(() -> spring.choose(0));
      client = decorated(SpringPeer.client(ENDPOINTS));
      least = withRetryAndBreaker(() -> spring.choose(0));
    }

    /** The retry outermost, then breaker, rate limiter and bulkhead. */
    private static <T> Supplier<T> decorated(Supplier<T> choice) {
      RateLimiterConfig outOfReach =
          RateLimiterConfig.custom()
              .limitForPeriod(1_000_000_000)
              .limitRefreshPeriod(Duration.ofSeconds(1))
              .build();
      return withRetryAndBreaker(
          RateLimiter.decorateSupplier(
              RateLimiter.of("measured", outOfReach),
              Bulkhead.decorateSupplier(Bulkhead.ofDefaults("measured"), choice)));
    }

    private static <T> Supplier<T> withRetryAndBreaker(Supplier<T> choice) {
      return Retry.decorateSupplier(
          Retry.ofDefaults("measured"),
          CircuitBreaker.decorateSupplier(CircuitBreaker.ofDefaults("measured"), choice));
    }
  }
}
