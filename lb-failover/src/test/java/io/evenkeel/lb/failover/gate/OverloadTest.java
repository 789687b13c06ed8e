package io.evenkeel.lb.failover.gate;

import static io.evenkeel.lb.testkit.cluster.Arrivals.poisson;
import static io.evenkeel.lb.testkit.cluster.ServiceTime.constant;
import static io.evenkeel.lb.testkit.cluster.ServiceTime.exponential;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

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
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Five servers that can do 4000 requests a second and let any number wait. They get 60 % of that,
 * then twice that for 20 seconds, then 60 % again. A request has 250 ms.
 */
class OverloadTest {
  private static final double CAPACITY = 4000;
  private static final int FROM = 5;
  private static final int TO = 25;
  private static final int END = 35;

  private static final ServiceTime VARIED = exponential(ofMillis(10));
  private static final ServiceTime ALIKE = constant(ofMillis(10));

  /** Vegas takes all that is above the least latency for a queue, so latency must not vary. */
  static Stream<Arguments> limits() {
    return Stream.of(
        Arguments.of(Gradient2.of(), VARIED),
        Arguments.of(Gradient2.of(), ALIKE),
        Arguments.of(Vegas.of(), ALIKE));
  }

  /** What was answered in time, by seconds. */
  private static final class Goodput implements BalancerListener {
    final long[] perSecond = new long[END + 10];
    final long[] failed = new long[END + 10];
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

  private static ClusterResult run(
      @Nullable ConcurrencyLimit limit, ServiceTime time, Goodput goodput) {
    ClusterBuilder builder =
        Cluster.builder()
            .servers(5, Server.ofSlots(8).serviceTime(time))
            .strategy(IdleFirst.ofDefaults())
            .arrivals(poisson(0.6 * CAPACITY))
            .warmUp(ofSeconds(5))
            .timeout(ofMillis(250))
            .duration(ofSeconds(END))
            .at(ofSeconds(FROM), Change.arrivals(poisson(2 * CAPACITY)))
            .at(ofSeconds(TO), Change.arrivals(poisson(0.6 * CAPACITY)))
            .balancer(
                (balancer, client) -> {
                  goodput.ticker = client.ticker();
                  balancer.listener(goodput);
                  if (limit != null) {
                    balancer.health(AdaptiveLimits.of(limit));
                  }
                });
    return builder.build().run(42);
  }

  @Test
  void withoutALimitAnOverloadTakesNearlyEverything() {
    Goodput goodput = new Goodput();
    run(null, VARIED, goodput);
    assertThat(goodput.mean(FROM + 2, TO)).isLessThan(0.1 * CAPACITY);
    assertThat(goodput.perSecond[TO + 2]).isLessThan((long) (0.1 * CAPACITY));
  }

  @ParameterizedTest
  @MethodSource("limits")
  void withALimitItTakesOnlyWhatIsTooMuch(ConcurrencyLimit limit, ServiceTime time) {
    Goodput goodput = new Goodput();
    ClusterResult result = run(limit, time, goodput);
    assertThat(goodput.mean(FROM + 1, TO)).isGreaterThan(0.9 * CAPACITY);
    // What begins is answered, within a bounded time.
    assertThat(result.percentile(99)).isLessThan(ofMillis(250));
    for (int second = TO + 2; second < END; second++) {
      assertThat(goodput.perSecond[second]).isGreaterThan((long) (0.9 * 0.6 * CAPACITY));
      assertThat(goodput.failed[second]).isZero();
    }
  }
}
