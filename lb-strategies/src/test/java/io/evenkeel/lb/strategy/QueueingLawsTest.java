package io.evenkeel.lb.strategy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;

import io.evenkeel.lb.LoadMetric;
import io.evenkeel.lb.Strategy;
import io.evenkeel.lb.testkit.cluster.Arrivals;
import io.evenkeel.lb.testkit.cluster.Cluster;
import io.evenkeel.lb.testkit.cluster.Server;
import io.evenkeel.lb.testkit.cluster.ServiceTime;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/**
 * Strategies against queueing theory: the mean time in a system of servers with one slot each,
 * exponential service with mean 1, Poisson arrivals at load 0.9, and one client. The unit of time
 * is 10 milliseconds.
 *
 * <p>At this load queues remember for hundreds of units, so means settle slowly: the standard error
 * of 2.5 million requests is 1.2 % for M/M/1 [asymptotic variance r(2+5r-4r^2+r^3)/(1-r)^4], and
 * far less for what balances.
 */
class QueueingLawsTest {
  private static final double LOAD = 0.9;
  private static final Duration UNIT = Duration.ofMillis(10);

  private static double meanTime(Strategy strategy, int servers, int requests) {
    double perSecond = LOAD * servers * 1e9 / UNIT.toNanos();
    long mean =
        Cluster.builder()
            .servers(servers, Server.ofSlots(1).serviceTime(ServiceTime.exponential(UNIT)))
            .strategy(strategy)
            .arrivals(Arrivals.poisson(perSecond))
            .warmUp(UNIT.multipliedBy(1500))
            .requests(requests)
            .build()
            .run(1)
            .mean()
            .toNanos();
    return (double) mean / UNIT.toNanos();
  }

  private static Strategy choices(int choices) {
    return PowerOfChoices.builder()
        .choices(choices)
        .fullScanUpTo(0)
        .metric(LoadMetric.inFlight())
        .build();
  }

  /** Each server sees Poisson arrivals of its own: M/M/1, 1/(1 - load). */
  @Test
  void randomChoiceIsAsGoodAsServersOnTheirOwn() {
    assertThat(meanTime(RandomChoice.of(), 100, 2_500_000)).isCloseTo(10.0, withinPercentage(5));
  }

  /** Each server sees every tenth arrival: E10/M/1, 1/(1 - s) with s = (9/(9 + 1 - s))^10. */
  @Test
  void roundRobinHalvesThat() {
    assertThat(meanTime(RoundRobin.of(), 10, 1_000_000)).isCloseTo(5.66, withinPercentage(5));
  }

  /**
   * Mitzenmacher's sum of load^((d^i - d)/(d - 1)) over i is 2.61 for infinitely many servers; with
   * 100 the mean over seeds is 2.64.
   */
  @Test
  void twoChoicesTakeAQuarterOfRandomChoice() {
    assertThat(meanTime(choices(2), 100, 1_000_000)).isCloseTo(2.61, withinPercentage(5));
  }

  /** The same sum gives 2.03; with 100 servers the mean over seeds is 2.06. */
  @Test
  void threeChoicesGainLess() {
    assertThat(meanTime(choices(3), 100, 1_000_000)).isCloseTo(2.03, withinPercentage(5));
  }

  /**
   * M/M/10, which no dispatcher beats, gives 1.669; joining the shortest queue costs about 0.25.
   */
  @Test
  void leastRequestsComesCloseToACentralQueue() {
    assertThat(meanTime(LeastLoad.requests(), 10, 1_000_000)).isBetween(1.8, 2.05);
  }
}
