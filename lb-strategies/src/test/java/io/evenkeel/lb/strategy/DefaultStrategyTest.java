package io.evenkeel.lb.strategy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;

import io.evenkeel.lb.LoadMetric;
import io.evenkeel.lb.Strategy;
import io.evenkeel.lb.load.PeakEwma;
import io.evenkeel.lb.testkit.cluster.Arrivals;
import io.evenkeel.lb.testkit.cluster.Cluster;
import io.evenkeel.lb.testkit.cluster.ClusterBuilder;
import io.evenkeel.lb.testkit.cluster.ClusterResult;
import io.evenkeel.lb.testkit.cluster.Server;
import io.evenkeel.lb.testkit.cluster.ServiceTime;
import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Why the default is the default: as good as looking at every node, wherever two choices are not.
 * Servers have exponential service with a mean of 10 ms at full speed, and queues of their own.
 */
class DefaultStrategyTest {
  private static final int REQUESTS = 300_000;

  /** What two choices by requests in flight give, in ms, was simulated apart from this project. */
  enum Scenario {
    EQUAL_AT_90(26.4, 89),
    EQUAL_AT_97(41.1, 118),
    MIXED_SPEEDS(58.3, 447),
    MIXED_SPEEDS_8_SLOTS_10_CLIENTS(31.6, 251),
    TEN_SERVERS(30.0, 105),
    TEN_CLIENTS(42.0, 140);

    final double twoChoicesMean;
    final double twoChoicesP99;

    Scenario(double mean, double p99) {
      this.twoChoicesMean = mean;
      this.twoChoicesP99 = p99;
    }

    ClusterResult run(Strategy strategy) {
      ClusterBuilder cluster = Cluster.builder();
      switch (this) {
        case EQUAL_AT_90 -> equal(cluster, 100, 0.9);
        case EQUAL_AT_97 -> equal(cluster, 100, 0.97);
        case MIXED_SPEEDS -> mixed(cluster, 1);
        case MIXED_SPEEDS_8_SLOTS_10_CLIENTS -> mixed(cluster, 8).clients(10);
        case TEN_SERVERS -> equal(cluster, 10, 0.9);
        case TEN_CLIENTS -> equal(cluster, 100, 0.9).clients(10);
      }
      return cluster
          .strategy(strategy)
          .warmUp(Duration.ofSeconds(15))
          .requests(REQUESTS)
          .build()
          .run(1);
    }

    private static ClusterBuilder equal(ClusterBuilder cluster, int servers, double load) {
      return cluster
          .servers(servers, server(1, 1))
          .arrivals(Arrivals.poisson(load * servers * 100));
    }

    private static ClusterBuilder mixed(ClusterBuilder cluster, int slots) {
      return cluster
          .servers(50, server(1, slots))
          .servers(30, server(0.5, slots))
          .servers(20, server(0.2, slots))
          .arrivals(Arrivals.poisson(0.85 * 69 * slots * 100));
    }

    private static Server server(double speed, int slots) {
      Duration mean = Duration.ofNanos(Math.round(10e6 / speed));
      return Server.ofSlots(slots).serviceTime(ServiceTime.exponential(mean));
    }
  }

  private static double mean(ClusterResult result) {
    return result.mean().toNanos() / 1e6;
  }

  private static double p99(ClusterResult result) {
    return result.percentile(99).toNanos() / 1e6;
  }

  @ParameterizedTest
  @EnumSource
  void twoChoicesAreWhatAnotherSimulatorSays(Scenario scenario) {
    ClusterResult two =
        scenario.run(
            PowerOfChoices.builder().fullScanUpTo(0).metric(LoadMetric.inFlight()).build());
    assertThat(mean(two)).isCloseTo(scenario.twoChoicesMean, withinPercentage(5));
    assertThat(p99(two)).isCloseTo(scenario.twoChoicesP99, withinPercentage(5));
  }

  @ParameterizedTest
  @EnumSource
  void theDefaultIsAsGoodAsTheBetterFullScan(Scenario scenario) {
    ClusterResult byRequests = scenario.run(LeastLoad.requests());
    ClusterResult byLatency = scenario.run(LeastLoad.of(PeakEwma.ofDefaults()));
    ClusterResult chosen = scenario.run(IdleFirst.ofDefaults());
    assertThat(mean(chosen)).isLessThan(1.1 * Math.min(mean(byRequests), mean(byLatency)));
    assertThat(p99(chosen)).isLessThan(1.15 * Math.min(p99(byRequests), p99(byLatency)));
    assertThat(p99(chosen)).isLessThan(scenario.twoChoicesP99);
  }

  /**
   * What larger sets get: a few idle and a few random nodes, where one client sees all requests.
   */
  @ParameterizedTest
  @EnumSource(names = {"EQUAL_AT_90", "EQUAL_AT_97", "MIXED_SPEEDS", "TEN_SERVERS"})
  void aFewIdleAndAFewRandomNodesComeClose(Scenario scenario) {
    ClusterResult all = scenario.run(LeastLoad.of(PeakEwma.ofDefaults()));
    ClusterResult few = scenario.run(IdleFirst.builder().fullScanUpTo(0).build());
    assertThat(mean(few)).isLessThan(1.1 * mean(all));
    assertThat(p99(few)).isLessThan(1.15 * p99(all));
    assertThat(p99(few)).isLessThan(scenario.twoChoicesP99);
  }
}
