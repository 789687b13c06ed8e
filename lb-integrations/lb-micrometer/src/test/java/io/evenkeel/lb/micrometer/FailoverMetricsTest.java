package io.evenkeel.lb.micrometer;

import static java.util.concurrent.CompletableFuture.completedFuture;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.EndpointSource;
import io.evenkeel.lb.Node;
import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.RequestContext;
import io.evenkeel.lb.failover.CallContext;
import io.evenkeel.lb.failover.Failover;
import io.evenkeel.lb.failover.FailoverBuilder;
import io.evenkeel.lb.failover.FailoverCall;
import io.evenkeel.lb.failover.Hedging;
import io.evenkeel.lb.failover.Outcomes;
import io.evenkeel.lb.failover.RetryBudget;
import io.evenkeel.lb.failover.gate.AdaptiveLimits;
import io.evenkeel.lb.failover.gate.Breakers;
import io.evenkeel.lb.health.Health;
import io.evenkeel.lb.health.HealthRegistry;
import io.evenkeel.lb.strategy.RoundRobin;
import io.evenkeel.lb.testkit.FakeTicker;
import io.evenkeel.lb.testkit.ManualScheduler;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.config.MeterFilter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.net.ConnectException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class FailoverMetricsTest {
  private static final CallContext GET = CallContext.idempotent();

  private final FakeTicker ticker = new FakeTicker();
  private final ManualScheduler scheduler = new ManualScheduler(ticker);
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final HealthRegistry health = HealthRegistry.create(100, ticker);
  private final Breakers breakers = Breakers.ofDefaults();
  private final AdaptiveLimits limits = AdaptiveLimits.ofDefaults();
  private final AtomicInteger attempts = new AtomicInteger();

  private Balancer balancer() {
    Balancer balancer =
        Balancer.builder("orders")
            .source(
                EndpointSource.of(
                    Endpoint.of("10.0.0.1", 1),
                    Endpoint.of("10.0.0.1", 2),
                    Endpoint.of("10.0.0.1", 3)))
            .strategy(RoundRobin.of())
            .health(
                Health.builder().recommendedDetectors().registry(health).build(), breakers, limits)
            .ticker(ticker)
            .scheduler(scheduler)
            .build();
    scheduler.run();
    return balancer;
  }

  private FailoverBuilder failover(Balancer balancer) {
    return Failover.builder(balancer).ticker(ticker).scheduler(scheduler);
  }

  /** Refuses the first attempts. */
  private int refuse(int first) throws IOException {
    if (attempts.incrementAndGet() <= first) {
      throw new ConnectException("refused");
    }
    return attempts.get();
  }

  private static int reset() throws IOException {
    throw new IOException("reset");
  }

  private double gauge(String name, String... tags) {
    return registry.get(name).tags("balancer", "orders").tags(tags).gauge().value();
  }

  private double counter(String name, String... tags) {
    return registry.get(name).tags("balancer", "orders").tags(tags).counter().count();
  }

  private long calls(String result) {
    return registry.get("lb.calls").tags("balancer", "orders", "result", result).timer().count();
  }

  @Test
  void callsAndRetriesAreCountedAndTheBudgetIsShown() {
    try (Balancer balancer = balancer();
        FailoverMetrics metrics = FailoverMetrics.of(registry, "orders")) {
      Failover failover = failover(balancer).listener(metrics).build();
      metrics.show(failover);
      for (int i = 0; i < 100; i++) {
        assertThat(failover.<Integer>call(GET, endpoint -> 1)).isOne();
      }
      double left = gauge("lb.retries.left");
      assertThat(left).isGreaterThan(5);
      assertThat(failover.<Integer>call(GET, endpoint -> refuse(2))).isEqualTo(3);
      assertThatThrownBy(() -> failover.<Integer>call(CallContext.once(), endpoint -> reset()))
          .isNotNull();
      assertThat(calls("done")).isEqualTo(101);
      assertThat(calls("not_repeatable")).isOne();
      assertThat(counter("lb.retries")).isEqualTo(2);
      assertThat(gauge("lb.retries.left"))
          .isEqualTo(failover.retriesLeft())
          .isLessThanOrEqualTo(left - 2);
    }
    assertThat(registry.getMeters()).isEmpty();
  }

  /** Results are statuses. */
  static final Outcomes STATUS =
      new Outcomes() {
        @Override
        public Outcome of(Throwable thrown) {
          return Outcomes.ofDefaults().of(thrown);
        }

        @Override
        public Outcome ofResult(@Nullable Object result) {
          if (result instanceof Integer status) {
            return status == 429
                ? Outcome.REJECTED
                : status >= 500 ? Outcome.FAILURE : Outcome.SUCCESS;
          }
          return Outcome.SUCCESS;
        }
      };

  /**
   * The caller has the response, so the failover has no reason to tell, and yet it is no success.
   */
  @Test
  void aCallWhoseResultIsAFailureHasFailed() {
    try (Balancer balancer = balancer();
        FailoverMetrics metrics = FailoverMetrics.of(registry, "orders")) {
      Failover failover = failover(balancer).outcomes(STATUS).listener(metrics).build();
      assertThat(failover.<Integer>call(CallContext.once(), endpoint -> 503)).isEqualTo(503);
      assertThat(failover.<Integer>call(GET, endpoint -> answer(429, 200))).isEqualTo(200);
      CompletableFuture<Integer> async =
          failover.callAsync(CallContext.once(), endpoint -> completedFuture(500));
      assertThat(async).isCompletedWithValue(500);
      assertThatThrownBy(() -> failover.<Integer>call(CallContext.once(), endpoint -> reset()))
          .isNotNull();
      assertThat(calls("failed")).isEqualTo(2);
      assertThat(calls("done")).isOne();
      assertThat(calls("not_repeatable")).isOne();
    }
  }

  private int answer(int first, int later) {
    return attempts.incrementAndGet() == 1 ? first : later;
  }

  /** As the listener is told of it, in any order. */
  private static FailoverCall call(int attempts) {
    return new FailoverCall() {
      @Override
      public String balancer() {
        return "orders";
      }

      @Override
      public RequestContext context() {
        return GET;
      }

      @Override
      public int attempts() {
        return attempts;
      }
    };
  }

  @Test
  void aSuccessStaysOneWhateverIsToldOfTheAttemptBesideIt() {
    Endpoint endpoint = Endpoint.of("10.0.0.1", 1);
    try (FailoverMetrics metrics = FailoverMetrics.of(registry, "orders")) {
      FailoverCall first = call(2);
      metrics.onAttempt(first, endpoint, Outcome.SUCCESS, 1, 1, false);
      metrics.onAttempt(first, endpoint, Outcome.FAILURE, 1, 2, true);
      metrics.onCall(first, null, 1);
      FailoverCall hedge = call(2);
      metrics.onAttempt(hedge, endpoint, Outcome.FAILURE, 1, 1, false);
      metrics.onAttempt(hedge, endpoint, Outcome.SUCCESS, 1, 2, true);
      metrics.onCall(hedge, null, 1);
      FailoverCall both = call(2);
      metrics.onAttempt(both, endpoint, Outcome.FAILURE, 1, 2, true);
      metrics.onAttempt(both, endpoint, Outcome.FAILURE, 1, 1, false);
      metrics.onCall(both, null, 1);
      assertThat(calls("done")).isEqualTo(2);
      assertThat(calls("failed")).isOne();
    }
  }

  @Test
  void whatIsToldAfterItsCallIsForgotten() {
    FailingCalls calls = new FailingCalls();
    for (int i = 0; i < 1000; i++) {
      calls.failed(call(1));
    }
    FailoverCall kept = call(1);
    while (!calls.toString().equals("FailingCalls[1]")) {
      System.gc();
      calls.failed(kept);
    }
    assertThat(calls.ended(kept)).isTrue();
    assertThat(calls.ended(kept)).isFalse();
  }

  @Test
  void hedgesAreCountedByWhatCameOfThem() {
    Hedging hedging = Hedging.after(Duration.ofMillis(20), 0.5);
    try (Balancer balancer = balancer();
        FailoverMetrics metrics = FailoverMetrics.of(registry, "orders")) {
      Failover failover =
          failover(balancer)
              .hedging(hedging)
              .budget(RetryBudget.unlimited())
              .listener(metrics)
              .build();
      for (int i = 0; i < 10; i++) {
        assertThat(failover.callAsync(GET, endpoint -> completedFuture(1))).isCompleted();
      }
      for (String result : List.of("won", "lost", "failed")) {
        List<CompletableFuture<Integer>> stages = new ArrayList<>();
        CompletableFuture<Integer> call =
            failover.callAsync(
                GET,
                endpoint -> {
                  stages.add(new CompletableFuture<>());
                  return stages.get(stages.size() - 1);
                });
        scheduler.advance(Duration.ofMillis(25));
        assertThat(stages).hasSize(2);
        if (result.equals("failed")) {
          stages.get(1).completeExceptionally(new IOException("hedge"));
        }
        stages.get(result.equals("won") ? 1 : 0).complete(1);
        assertThat(call.join()).isOne();
        assertThat(counter("lb.hedges", "result", result)).isOne();
      }
      assertThat(counter("lb.retries")).isZero();
    }
  }

  /** Micrometer warns in the log of each gauge that is there already. */
  @Test
  void whatIsShownAgainIsRegisteredOnce() {
    List<Meter.Id> asked = new ArrayList<>();
    registry
        .config()
        .meterFilter(
            new MeterFilter() {
              @Override
              public Meter.Id map(Meter.Id id) {
                asked.add(id);
                return id;
              }
            });
    try (Balancer balancer = balancer();
        FailoverMetrics metrics = FailoverMetrics.of(registry, "orders")) {
      Failover failover = Failover.of(balancer);
      asked.clear();
      metrics.show(failover);
      assertThat(asked).extracting(Meter.Id::getName).contains("lb.breakers", "lb.limit");
      asked.clear();
      metrics.show(failover);
      assertThat(asked).isEmpty();
    }
    assertThat(registry.getMeters()).isEmpty();
  }

  @Test
  void gatesAndHealthAreShownByTheirStates() {
    try (HealthMetrics all = HealthMetrics.of(registry, health);
        FailoverMetrics metrics = FailoverMetrics.of(registry, "orders")) {
      try (Balancer balancer = balancer()) {
        metrics.show(Failover.of(balancer));
        assertThat(all).hasToString("HealthMetrics[orders]");
        assertThat(gauge("lb.breakers", "state", "closed")).isEqualTo(3);
        assertThat(gauge("lb.limit", "of", "least")).isGreaterThan(1);
        assertThat(gauge("lb.limit", "of", "all")).isEqualTo(3 * gauge("lb.limit", "of", "least"));
        assertThat(gauge("lb.health.endpoints", "state", "up")).isEqualTo(3);
        for (Node node : balancer.nodes()) {
          boolean bad = node.endpoint().port() == 1;
          for (int i = 0; i < 60; i++) {
            long stamp = node.begin();
            if (stamp != Node.REFUSED) {
              node.end(stamp, bad ? Outcome.FAILURE : Outcome.SUCCESS);
            }
          }
        }
        scheduler.advance(Duration.ofMillis(20));
        assertThat(gauge("lb.breakers", "state", "open")).isOne();
        assertThat(gauge("lb.breakers", "state", "closed")).isEqualTo(2);
        assertThat(gauge("lb.health.endpoints", "state", "ejected")).isOne();
        assertThat(counter("lb.health.transitions", "to", "ejected")).isOne();
      }
      assertThat(registry.find("lb.health.endpoints").gauges()).isEmpty();
    }
    assertThat(registry.getMeters()).isEmpty();
  }
}
