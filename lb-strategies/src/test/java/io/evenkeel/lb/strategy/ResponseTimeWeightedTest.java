package io.evenkeel.lb.strategy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.withinPercentage;

import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.testkit.cluster.Arrivals;
import io.evenkeel.lb.testkit.cluster.Cluster;
import io.evenkeel.lb.testkit.cluster.ClusterResult;
import io.evenkeel.lb.testkit.cluster.Server;
import io.evenkeel.lb.testkit.cluster.ServerResult;
import io.evenkeel.lb.testkit.cluster.ServiceTime;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class ResponseTimeWeightedTest {
  private static Duration millis(long millis) {
    return Duration.ofMillis(millis);
  }

  @Test
  void sharesAreInverseToTheLatency() {
    try (Measured measured = new Measured(ResponseTimeWeighted.ofDefaults(), 1, 1, 1)) {
      measured.answer(0, millis(10), Outcome.SUCCESS);
      measured.answer(1, millis(20), Outcome.SUCCESS);
      measured.answer(2, millis(40), Outcome.SUCCESS);
      measured.seconds(1);
      measured.assertShares(4, 2, 1);
    }
  }

  @Test
  void configuredWeightsMultiply() {
    try (Measured measured = new Measured(ResponseTimeWeighted.ofDefaults(), 1, 4, 0.5)) {
      measured.answer(0, millis(10), Outcome.SUCCESS);
      measured.answer(1, millis(20), Outcome.SUCCESS);
      measured.answer(2, millis(5), Outcome.SUCCESS);
      measured.seconds(1);
      measured.assertShares(1, 2, 1);
    }
  }

  @Test
  void aNodeThatHasNotAnsweredGetsTheMean() {
    try (Measured measured = new Measured(ResponseTimeWeighted.ofDefaults(), 1, 1, 1)) {
      measured.answer(0, millis(10), Outcome.SUCCESS);
      measured.answer(1, millis(30), Outcome.SUCCESS);
      measured.seconds(1);
      measured.assertShares(3, 1, 2);
      measured.source.publish(Choices.endpoints(1, 1, 1, 2));
      measured.assertShares(3, 1, 2, 4);
    }
  }

  @Test
  void beforeTheFirstAnswerItIsWeightedRoundRobin() {
    try (Measured measured = new Measured(ResponseTimeWeighted.ofDefaults(), 1, 3)) {
      measured.assertShares(1, 3);
    }
  }

  @Test
  void weightsAreRenewedWhenItIsTimeAndNotBefore() {
    ResponseTimeWeighted strategy = ResponseTimeWeighted.builder().update(millis(300)).build();
    try (Measured measured = new Measured(strategy, 1, 1)) {
      measured.answer(0, millis(10), Outcome.SUCCESS);
      measured.answer(1, millis(30), Outcome.SUCCESS);
      measured.millis(259);
      measured.assertShares(1, 1);
      measured.millis(1);
      measured.assertShares(3, 1);
      measured.answer(0, millis(50), Outcome.SUCCESS);
      measured.millis(300);
      // The first answer is 0.31 s older than the second: the mean of 10 and 50 is 30.3 by now.
      measured.assertShares(30, 30.3);
    }
  }

  @Test
  void aNodeThatFailsFastDoesNotLookFast() {
    try (Measured measured = new Measured(ResponseTimeWeighted.ofDefaults(), 1, 1, 1)) {
      for (int i = 0; i < 100; i++) {
        measured.answer(0, millis(10), Outcome.SUCCESS);
        measured.answer(1, Duration.ofNanos(10_000), Outcome.FAILURE);
        measured.answer(2, Duration.ofNanos(10_000), Outcome.UNREACHABLE);
      }
      measured.seconds(1);
      double[] shares = measured.shares();
      assertThat(shares[1]).isLessThan(0.001);
      assertThat(shares[2]).isLessThan(0.001);
    }
  }

  @Test
  void aCancelledRequestDoesNotLookFast() {
    try (Measured measured = new Measured(ResponseTimeWeighted.ofDefaults(), 1, 1)) {
      measured.answer(0, millis(10), Outcome.SUCCESS);
      measured.answer(1, millis(10), Outcome.SUCCESS);
      for (int i = 0; i < 100; i++) {
        measured.answer(1, Duration.ofNanos(10), Outcome.CANCELLED);
      }
      measured.seconds(1);
      measured.assertShares(1, 1);
    }
  }

  @Test
  void extremesLeaveEveryNodeAChance() {
    try (Measured measured = new Measured(ResponseTimeWeighted.ofDefaults(), 1, 1e-300, 1e9)) {
      measured.answer(0, Duration.ofHours(1), Outcome.TIMEOUT);
      measured.answer(1, Duration.ofHours(1), Outcome.TIMEOUT);
      measured.answer(2, Duration.ZERO, Outcome.SUCCESS);
      measured.seconds(1);
      assertThat(measured.shares()[2]).isGreaterThan(0.999);
    }
  }

  /** Speeds 1 x 5, 0.5 x 3, 0.2 x 2, far from full: latency is service time. */
  @Test
  void serversOfUnequalSpeedGetSharesInProportion() {
    ClusterResult result =
        Cluster.builder()
            .servers(5, server(10))
            .servers(3, server(20))
            .servers(2, server(50))
            .strategy(ResponseTimeWeighted.ofDefaults())
            .arrivals(Arrivals.poisson(2_000))
            .warmUp(Duration.ofSeconds(30))
            .requests(200_000)
            .build()
            .run(1);
    double[] speeds = {1, 1, 1, 1, 1, 0.5, 0.5, 0.5, 0.2, 0.2};
    List<ServerResult> servers = result.servers();
    for (int i = 0; i < speeds.length; i++) {
      assertThat(servers.get(i).share())
          .as(servers.get(i).name())
          .isCloseTo(speeds[i] / 6.9, withinPercentage(5));
    }
  }

  private static Server server(long meanMillis) {
    return Server.ofSlots(1_000).serviceTime(ServiceTime.exponential(millis(meanMillis)));
  }

  @Test
  void settingsOutOfRangeAreRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ResponseTimeWeighted.builder().update(Duration.ofMillis(9)))
        .withMessage("update: PT0.009S (expected: PT0.01S..PT1H)");
    assertThat(ResponseTimeWeighted.ofDefaults())
        .hasToString(
            "ResponseTimeWeighted[metric=Ewma[tau=PT10S, failurePenalty=50.0], update=PT1S]");
  }
}
