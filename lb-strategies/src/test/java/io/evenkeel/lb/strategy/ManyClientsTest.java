package io.evenkeel.lb.strategy;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.lb.LoadReport;
import io.evenkeel.lb.Strategy;
import io.evenkeel.lb.testkit.cluster.Arrivals;
import io.evenkeel.lb.testkit.cluster.Change;
import io.evenkeel.lb.testkit.cluster.Cluster;
import io.evenkeel.lb.testkit.cluster.ClusterBuilder;
import io.evenkeel.lb.testkit.cluster.ClusterResult;
import io.evenkeel.lb.testkit.cluster.Server;
import io.evenkeel.lb.testkit.cluster.ServiceTime;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What clients that cannot see one another gain by what servers report: 100 servers with one slot
 * and exponential service of 10 ms, at load 0.9. One client that sees all has a mean of 10.7 ms.
 */
class ManyClientsTest {
  private static final double SHARED_COUNTS = 10.7;
  private static final Strategy DEFAULT = IdleFirst.ofDefaults();
  private static final Server SERVER =
      Server.ofSlots(1).serviceTime(ServiceTime.exponential(Duration.ofMillis(10)));
  private static final LoadReport IDLE = LoadReport.builder().inFlight(0).latencyNanos(1).build();

  private static ClusterBuilder clients(int clients) {
    return Cluster.builder()
        .clients(clients)
        .strategy(DEFAULT)
        .arrivals(Arrivals.poisson(9000))
        .warmUp(Duration.ofSeconds(15))
        .requests(200_000);
  }

  private static ClusterBuilder probing(ClusterBuilder cluster) {
    return cluster.balancer(
        (builder, client) ->
            builder.strategy(
                Probed.builder(DEFAULT, client.probe()).executor(Runnable::run).build()));
  }

  private static ClusterResult run(ClusterBuilder cluster) {
    return cluster.build().run(1);
  }

  private static double mean(ClusterResult result) {
    return result.mean().toNanos() / 1e6;
  }

  private static double mean(ClusterBuilder cluster) {
    return mean(run(cluster));
  }

  private static double meanWithoutReports(int clients) {
    return mean(clients(clients).servers(100, SERVER));
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void withReportsAndProbesTheMeanIsTwiceThatOfSharedCounts(long seed) {
    ClusterResult result = probing(clients(100).servers(100, SERVER.reports())).build().run(seed);
    assertThat(mean(result)).isLessThan(2 * SHARED_COUNTS);
    assertThat(result.percentile(99)).isLessThan(Duration.ofMillis(85));
  }

  /** The best that a client can do by reports in responses alone is 24.4 ms, see DESIGN.md. */
  @Test
  void reportsInResponsesAloneMakeAThirdLess() {
    assertThat(mean(clients(100).servers(100, SERVER.reports())))
        .isLessThan(3 * SHARED_COUNTS)
        .isLessThan(0.67 * meanWithoutReports(100));
  }

  /** By answers to probes alone, of which each client has 16 at most. */
  @ParameterizedTest
  @ValueSource(ints = {10, 100})
  void hotColdIsStable(int clients) {
    ClusterBuilder cluster =
        clients(clients)
            .servers(100, SERVER.reports())
            .balancer(
                (builder, client) ->
                    builder.strategy(
                        HotCold.builder(client.probe()).executor(Runnable::run).build()));
    assertThat(mean(cluster)).isLessThan(2.8 * SHARED_COUNTS);
  }

  @Test
  void tenClientsGainAsWell() {
    assertThat(mean(clients(10).servers(100, SERVER.reports())))
        .isLessThan(0.7 * meanWithoutReports(10));
    assertThat(mean(probing(clients(10).servers(100, SERVER.reports()))))
        .isLessThan(0.6 * meanWithoutReports(10));
  }

  @Test
  void aClientThatSeesAllLosesNothing() {
    assertThat(mean(clients(1).servers(100, SERVER.reports())))
        .isLessThan(1.01 * meanWithoutReports(1));
  }

  @ParameterizedTest
  @ValueSource(ints = {10, 100})
  void aReportingHalfIsBetterThanNone(int clients) {
    ClusterBuilder half = clients(clients).servers(50, SERVER.reports()).servers(50, SERVER);
    assertThat(mean(half)).isLessThan(meanWithoutReports(clients));
  }

  @ParameterizedTest
  @ValueSource(ints = {10, 100})
  void reportsThatStopLeaveNoHarm(int clients) {
    ClusterBuilder cluster = clients(clients).servers(100, SERVER.reports());
    for (int i = 1; i <= 100; i++) {
      cluster.at(Duration.ZERO, Change.fallsSilent("s" + i));
    }
    assertThat(mean(cluster)).isLessThan(1.1 * meanWithoutReports(clients));
  }

  /** What it always says is usual, so only its latency and our own requests count. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aServerThatClaimsToBeIdleDoesNotAttractAll(boolean probing) {
    ClusterBuilder cluster =
        clients(100).servers(99, SERVER.reports()).server("liar", SERVER.reports(truth -> IDLE));
    ClusterResult result = run(probing ? probing(cluster) : cluster);
    assertThat(result.server("liar").share()).isBetween(0.004, 0.012);
    assertThat(mean(result)).isLessThan(0.7 * meanWithoutReports(100));
  }
}
