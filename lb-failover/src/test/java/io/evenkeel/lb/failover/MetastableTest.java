package io.evenkeel.lb.failover;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.BalancerBuilder;
import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.EndpointSource;
import io.evenkeel.lb.Node;
import io.evenkeel.lb.failover.gate.AdaptiveLimits;
import io.evenkeel.lb.failover.gate.Breakers;
import io.evenkeel.lb.health.Health;
import io.evenkeel.lb.strategy.IdleFirst;
import io.evenkeel.lb.testkit.FakeTicker;
import io.evenkeel.lb.testkit.ManualScheduler;
import io.github.resilience4j.retry.RetryConfig;
import java.time.Duration;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Five servers that work off what they are sent in its order, also what nobody waits for any more,
 * at 70 % of what they can do. For three seconds they can do a third. Whoever repeats what timed
 * out keeps them busy with work for nobody long after (N. Bronson and others, "Metastable Failures
 * in Distributed Systems", HotOS 2021).
 */
@Timeout(120)
class MetastableTest {
  private static final int SERVERS = 5;
  private static final double RATE = 350;
  private static final long SERVICE_NANOS = TimeUnit.MILLISECONDS.toNanos(10);
  private static final int DIP = 10;
  private static final int OVER = 13;
  private static final int SECONDS = 60;

  private static Outage outage(
      int seed, UnaryOperator<BalancerBuilder> balancer, UnaryOperator<FailoverBuilder> failover) {
    return new Outage(seed, balancer, failover);
  }

  /** Else nothing is shown by what follows. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void withoutABudgetTheDipNeverEnds(int seed) {
    Outage outage = outage(seed, b -> b, b -> b.budget(RetryBudget.unlimited()));
    assertThat(outage.goodput(DIP - 2)).isGreaterThan(0.99);
    assertThat(outage.goodput(SECONDS - 2)).isLessThan(0.2);
  }

  /** As soon as the servers have worked off what they were sent, less what is left of the load. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void withTheBudgetTheDipEndsByItself(int seed) {
    Outage outage = outage(seed, b -> b, b -> b);
    assertThat(outage.goodput(DIP - 2)).isGreaterThan(0.99);
    assertThat(outage.secondsToGoodput(0.95)).isLessThan(20);
  }

  /** To eject two would leave the others with more than they can bear, for good. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void healthMakesItNoLonger(int seed) {
    Outage outage = outage(seed, b -> b.health(Health.ofDefaults()), b -> b);
    assertThat(outage.goodput(DIP - 2)).isGreaterThan(0.99);
    assertThat(outage.secondsToGoodput(0.95)).isLessThan(20);
  }

  /** The default pipeline. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void healthAndBreakersMakeItNoLonger(int seed) {
    Outage outage = outage(seed, b -> b.health(Health.ofDefaults(), Breakers.ofDefaults()), b -> b);
    assertThat(outage.goodput(DIP - 2)).isGreaterThan(0.99);
    assertThat(outage.secondsToGoodput(0.95)).isLessThan(20);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void withLimitsItIsOverSooner(int seed) {
    Outage outage =
        outage(seed, b -> b.health(Health.ofDefaults(), AdaptiveLimits.ofDefaults()), b -> b);
    assertThat(outage.goodput(DIP - 2)).isGreaterThan(0.99);
    assertThat(outage.secondsToGoodput(0.95)).isLessThan(14);
  }

  private static final class Outage {
    private final FakeTicker ticker = new FakeTicker();
    private final ManualScheduler scheduler = new ManualScheduler(ticker);
    private final long start = ticker.read();
    private final long[] busyUntil = new long[SERVERS + 1];
    private final int[] made = new int[SECONDS];
    private final int[] good = new int[SECONDS];

    Outage(
        int seed,
        UnaryOperator<BalancerBuilder> settings,
        UnaryOperator<FailoverBuilder> callSettings) {
      SplittableRandom random = new SplittableRandom(seed);
      Endpoint[] endpoints = new Endpoint[SERVERS];
      for (int i = 0; i < SERVERS; i++) {
        endpoints[i] = Endpoint.of("10.0.0.1", i + 1);
        busyUntil[i + 1] = start;
      }
      BalancerBuilder builder =
          Balancer.builder("metastable")
              .source(EndpointSource.of(endpoints))
              .strategy(new IdleFirst())
              .ticker(ticker)
              .scheduler(scheduler)
              .random(random.split());
      try (Balancer balancer = settings.apply(builder).build()) {
        FailoverBuilder calls =
            Failover.builder(balancer)
                .deadline(Duration.ofSeconds(1))
                .attemptTimeout(Duration.ofMillis(250))
                .ticker(ticker)
                .scheduler(scheduler)
                .retry(RetryConfig.custom().maxAttempts(3).intervalFunction(made -> 10L).build())
                .random(random.split());
        run(callSettings.apply(calls).build(), random);
        assertThat(balancer.nodes()).extracting(Node::inFlight).containsOnly(0);
      }
    }

    @SuppressWarnings("FutureReturnValueIgnored") // what came of it is counted
    private void run(Failover failover, SplittableRandom random) {
      while (second() < SECONDS) {
        int second = second();
        made[second]++;
        failover
            .callAsync(CallContext.idempotent(), this::serve)
            .whenComplete((value, thrown) -> good[second] += thrown == null ? 1 : 0);
        double gap = -Math.log(1 - random.nextDouble()) / RATE;
        scheduler.advance((long) (gap * 1e9));
      }
      scheduler.advance(Duration.ofSeconds(2));
    }

    private int second() {
      return (int) TimeUnit.NANOSECONDS.toSeconds(ticker.read() - start);
    }

    private CompletableFuture<String> serve(Endpoint endpoint) {
      boolean slow = second() >= DIP && second() < OVER;
      long begins = Math.max(ticker.read(), busyUntil[endpoint.port()]);
      long ends = begins + (slow ? 3 * SERVICE_NANOS : SERVICE_NANOS);
      busyUntil[endpoint.port()] = ends;
      CompletableFuture<String> answer = new CompletableFuture<>();
      scheduler.schedule(() -> answer.complete("ok"), ends - ticker.read());
      return answer;
    }

    /** Of the calls that began in this second. */
    double goodput(int second) {
      return (double) good[second] / made[second];
    }

    /** After the dip, until it stays so. */
    int secondsToGoodput(double least) {
      for (int second = SECONDS - 1; second >= OVER; second--) {
        if (goodput(second) < least) {
          return second + 1 - OVER;
        }
      }
      return 0;
    }
  }
}
