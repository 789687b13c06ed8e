package io.evenkeel.lb.failover.gate;

import static io.evenkeel.lb.testkit.cluster.Arrivals.poisson;
import static io.evenkeel.lb.testkit.cluster.ServiceTime.constant;
import static io.evenkeel.lb.testkit.cluster.ServiceTime.exponential;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;

import io.evenkeel.lb.BalancerListener;
import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.Ticker;
import io.evenkeel.lb.strategy.IdleFirst;
import io.evenkeel.lb.testkit.cluster.Change;
import io.evenkeel.lb.testkit.cluster.Cluster;
import io.evenkeel.lb.testkit.cluster.ClusterBuilder;
import io.evenkeel.lb.testkit.cluster.ClusterResult;
import io.evenkeel.lb.testkit.cluster.Server;
import io.evenkeel.lb.testkit.cluster.ServiceTime;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Five servers that let any number wait. They get 60 % of what they can do, then twice that for 20
 * seconds, then 60 % again. A request has 250 ms.
 */
class OverloadTest {
  private static final int SERVERS = 5;
  private static final int FROM = 5;
  private static final int SURGE = 20;

  /** What each server does, how long the surge is, and what limits it. */
  record Case(int slots, int millis, boolean varied, int surge, ConcurrencyLimit limit) {
    double capacity() {
      return SERVERS * slots * 1000.0 / millis;
    }

    ServiceTime time() {
      return varied ? exponential(ofMillis(millis)) : constant(ofMillis(millis));
    }
  }

  /** Vegas takes all that is above the least latency for a queue, so latency must not vary. */
  static Stream<Case> cases() {
    ConcurrencyLimit gradient = Gradient2.of();
    return Stream.of(
        new Case(8, 10, true, SURGE, gradient),
        new Case(8, 10, false, SURGE, gradient),
        new Case(2, 10, true, SURGE, gradient),
        new Case(2, 10, false, SURGE, gradient),
        new Case(8, 20, true, SURGE, gradient),
        new Case(8, 40, false, SURGE, gradient),
        // Long enough for a queue to become what is usual.
        new Case(2, 10, true, 300, gradient),
        new Case(8, 10, false, SURGE, Vegas.of()));
  }

  /** What was answered in time, by seconds. */
  private static final class Goodput implements BalancerListener {
    final long[] perSecond = new long[400];
    final long[] failed = new long[400];
    @Nullable Ticker ticker;

    @Override
    public void onEnd(String balancer, Endpoint endpoint, Outcome outcome, long latencyNanos) {
      if (ticker != null && ticker.read() >= 0) {
        int second = (int) (ticker.read() / 1_000_000_000);
        if (outcome == Outcome.SUCCESS) {
          perSecond[second]++;
        } else {
          failed[second]++;
        }
      }
    }

    double mean(int from, int to) {
      double sum = 0;
      for (int i = from; i < to; i++) {
        sum += perSecond[i];
      }
      return sum / (to - from);
    }
  }

  private static ClusterResult run(Case a, boolean limited, Goodput goodput) {
    return cluster(a.slots(), a.time(), goodput, limited ? a.limit() : null)
        .arrivals(poisson(0.6 * a.capacity()))
        .duration(ofSeconds(end(a)))
        .at(ofSeconds(FROM), Change.arrivals(poisson(2 * a.capacity())))
        .at(ofSeconds(FROM + a.surge()), Change.arrivals(poisson(0.6 * a.capacity())))
        .build()
        .run(42);
  }

  private static int end(Case a) {
    return FROM + a.surge() + 10;
  }

  private static ClusterBuilder cluster(
      int slots, ServiceTime time, Goodput goodput, @Nullable ConcurrencyLimit limit) {
    return Cluster.builder()
        .servers(SERVERS, Server.ofSlots(slots).serviceTime(time))
        .strategy(IdleFirst.ofDefaults())
        .warmUp(ofSeconds(5))
        .timeout(ofMillis(250))
        .balancer(
            (balancer, client) -> {
              goodput.ticker = client.ticker();
              balancer.listener(goodput);
              if (limit != null) {
                balancer.health(AdaptiveLimits.of(limit));
              }
            });
  }

  @Test
  void withoutALimitAnOverloadTakesNearlyEverything() {
    Case usual = new Case(8, 10, true, SURGE, Gradient2.of());
    Goodput goodput = new Goodput();
    run(usual, false, goodput);
    int over = FROM + SURGE;
    assertThat(goodput.mean(FROM + 2, over)).isLessThan(0.1 * usual.capacity());
    assertThat(goodput.perSecond[over + 2]).isLessThan((long) (0.1 * usual.capacity()));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void withALimitItTakesOnlyWhatIsTooMuch(Case a) {
    Goodput goodput = new Goodput();
    ClusterResult result = run(a, true, goodput);
    int over = FROM + a.surge();
    assertThat(goodput.mean(FROM + 1, over)).isGreaterThan(0.9 * a.capacity());
    assertThat(goodput.mean(over - 5, over)).as("at its end").isGreaterThan(0.9 * a.capacity());
    if (a.surge() == SURGE) {
      // What begins is answered, within a bounded time; in a long one this goes slowly up.
      assertThat(result.percentile(99)).isLessThan(ofMillis(250));
    }
    assertThat(goodput.mean(over + 2, end(a))).isGreaterThan(0.9 * 0.6 * a.capacity());
    for (int second = over + 2; second < end(a); second++) {
      assertThat(goodput.failed[second]).isZero();
    }
  }

  /** Many at once, in times that vary, are no overload; nor are they when all become slower. */
  @Test
  void withoutAnOverloadNothingIsRefusedForLong() {
    Goodput goodput = new Goodput();
    double load = 5000;
    ClusterBuilder builder =
        cluster(40, exponential(ofMillis(10)), goodput, Gradient2.of())
            .arrivals(poisson(load))
            .duration(ofSeconds(40));
    for (int i = 1; i <= SERVERS; i++) {
      builder.at(ofSeconds(10), Change.slows("s" + i, 3));
    }
    ClusterResult unused = builder.build().run(42);
    assertThat(goodput.mean(0, 10)).isCloseTo(load, withinPercentage(2));
    assertThat(goodput.mean(25, 40)).isCloseTo(load, withinPercentage(2));
  }
}
