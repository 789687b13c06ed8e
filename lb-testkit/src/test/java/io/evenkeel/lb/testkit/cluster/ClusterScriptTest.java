package io.evenkeel.lb.testkit.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.evenkeel.lb.Outcome;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** What each change does, at 100 requests a second to servers that take 1 millisecond. */
class ClusterScriptTest {
  private static final Duration MILLI = Duration.ofMillis(1);
  private static final Server QUICK = Server.ofSlots(100).serviceTime(ServiceTime.constant(MILLI));

  private static ClusterBuilder one(Server server) {
    return Cluster.builder()
        .servers(1, server)
        .strategy(Strategies.FIRST)
        .arrivals(Arrivals.constant(100))
        .duration(Duration.ofSeconds(10));
  }

  private static ClusterBuilder two() {
    return Cluster.builder()
        .servers(2, QUICK)
        .strategy(Strategies.IN_TURN)
        .arrivals(Arrivals.constant(100))
        .duration(Duration.ofSeconds(10));
  }

  private static Duration seconds(long seconds) {
    return Duration.ofSeconds(seconds);
  }

  @Test
  void aServerThatErrsFailsItsShareAfterTheUsualTime() {
    ClusterResult result = one(QUICK).at(seconds(0), Change.errs("s1", 0.3)).build().run(1);
    assertThat((double) result.ended(Outcome.FAILURE) / result.requests())
        .isCloseTo(0.3, within(0.05));
    assertThat(result.mean()).isEqualTo(MILLI);
    assertThat(result.server("s1").failed()).isEqualTo(result.ended(Outcome.FAILURE));
  }

  @Test
  void aServerThatFailsFastTakesNoTime() {
    ClusterResult result = one(QUICK).at(seconds(0), Change.failsFast("s1", 1)).build().run(1);
    assertThat(result.ended(Outcome.FAILURE)).isEqualTo(result.requests());
    assertThat(result.mean()).isEqualTo(Duration.ZERO);
    assertThat(result.server("s1").utilisation()).isZero();
  }

  @Test
  void aServerThatHangsLetsRequestsTimeOut() {
    ClusterResult result =
        one(QUICK)
            .timeout(seconds(1))
            .at(seconds(2), Change.hangs("s1"))
            .at(seconds(5), Change.restarts("s1"))
            .build()
            .run(1);
    // Those of the last second before the restart are lost with it.
    assertThat(result.ended(Outcome.TIMEOUT)).isBetween(199L, 201L);
    assertThat(result.ended(Outcome.FAILURE)).isBetween(99L, 101L);
    assertThat(result.latency().getMaxValue()).isCloseTo(1_000_000_000L, within(1_000_000L));
  }

  @Test
  void aServerThatRecoversFromHangingAnswersWhatItTookIn() {
    ClusterResult result =
        one(QUICK.queue(0))
            .at(seconds(2), Change.hangs("s1"))
            .at(Duration.ofMillis(5005), Change.recovers("s1"))
            .build()
            .run(1);
    assertThat(result.succeeded()).isEqualTo(result.requests());
    assertThat(result.percentile(100).toMillis()).isBetween(2990L, 3010L);
    assertThat(result.server("s1").mostInFlight()).isBetween(299, 301);
  }

  @Test
  void whatWaitsForAServerThatHangsForEverIsCancelledAtTheEnd() {
    ClusterResult result = one(QUICK).at(seconds(2), Change.hangs("s1")).build().run(1);
    assertThat(result.ended(Outcome.CANCELLED)).isBetween(799L, 801L);
    assertThat(result.succeeded() + result.ended(Outcome.CANCELLED)).isEqualTo(result.requests());
  }

  @Test
  void aServerThatRefusesFinishesWhatItHas() {
    Server slow = Server.ofSlots(100).serviceTime(ServiceTime.constant(Duration.ofMillis(500)));
    ClusterResult result = one(slow).at(seconds(5), Change.refuses("s1")).build().run(1);
    assertThat(result.succeeded()).isBetween(498L, 502L);
    assertThat(result.ended(Outcome.UNREACHABLE)).isEqualTo(result.requests() - result.succeeded());
  }

  @Test
  void aServerThatDiesLosesWhatItHasAndServesAgainAfterARestart() {
    Server slow = Server.ofSlots(100).serviceTime(ServiceTime.constant(Duration.ofMillis(500)));
    ClusterResult result =
        one(slow)
            .at(seconds(5), Change.dies("s1"))
            .at(seconds(7), Change.restarts("s1"))
            .build()
            .run(1);
    assertThat(result.ended(Outcome.FAILURE)).isBetween(48L, 52L);
    assertThat(result.ended(Outcome.UNREACHABLE)).isBetween(198L, 202L);
    assertThat(result.succeeded()).isBetween(746L, 754L);
  }

  @Test
  void aChangeOfSpeedHoldsForWhatIsBeingServed() {
    ServiceTime tenSeconds = ServiceTime.constant(seconds(10));
    ClusterResult result =
        Cluster.builder()
            .servers(1, Server.ofSlots(1).serviceTime(tenSeconds))
            .strategy(Strategies.FIRST)
            .arrivals(Arrivals.constant(1))
            .requests(1)
            .at(seconds(3), Change.slows("s1", 4))
            .at(seconds(7), Change.slows("s1", 0.5))
            .build()
            .run(1);
    // It begins at 1 s: 2 s at normal speed, 4 s at a quarter of it, 7 s left at twice the speed.
    assertThat(result.mean()).isEqualTo(Duration.ofMillis(2000 + 4000 + 3500));
  }

  @Test
  void aSlowServerIsSlowUntilItRecovers() {
    ClusterResult result =
        one(QUICK)
            .at(seconds(2), Change.slows("s1", 10))
            .at(seconds(4), Change.recovers("s1"))
            .build()
            .run(1);
    assertThat(result.latency().getCountBetweenValues(9_000_000, 11_000_000)).isBetween(198L, 202L);
    assertThat(result.latency().getCountBetweenValues(900_000, 1_100_000)).isBetween(797L, 801L);
  }

  @Test
  void theSourceTellsOfWeights() {
    ClusterResult result =
        two()
            .strategy(Strategies.BY_WEIGHT)
            .arrivals(Arrivals.constant(1000))
            .at(seconds(5), Change.weighs("s2", 4))
            .build()
            .run(1);
    double[] shares = result.sharesOverTime("s2");
    assertThat(shares).hasSize(10);
    for (int second = 0; second < 10; second++) {
      assertThat(shares[second]).isCloseTo(second < 5 ? 0.5 : 0.8, within(0.06));
    }
  }

  @Test
  void aServerOfWeightNoughtIsDrained() {
    ClusterResult result = two().at(seconds(5), Change.weighs("s2", 0)).build().run(1);
    assertThat(result.sharesOverTime("s2"))
        .startsWith(new double[] {0.5}, within(0.02))
        .endsWith(new double[] {0, 0, 0, 0}, within(0.0));
  }

  @Test
  void serversLeaveAndJoin() {
    ClusterResult result =
        two()
            .at(seconds(2), Change.leaves("s1"))
            .at(seconds(4), Change.joins("s3", QUICK))
            .at(seconds(6), Change.joins("s1"))
            .at(seconds(8), Change.leaves("s1"))
            .at(seconds(8), Change.leaves("s2"))
            .at(seconds(8), Change.leaves("s3"))
            .build()
            .run(1);
    assertThat(result.server("s1").attemptsOverTime()[3]).isZero();
    assertThat(result.server("s2").attemptsOverTime()[3]).isEqualTo(100);
    assertThat(result.server("s3").attemptsOverTime()[3]).isZero();
    assertThat(result.sharesOverTime("s3")[5]).isCloseTo(1 / 2.0, within(0.02));
    assertThat(result.sharesOverTime("s1")[7]).isCloseTo(1 / 3.0, within(0.02));
    assertThat(result.noEndpoint()).isBetween(199L, 201L);
    assertThat(result.failed()).isEqualTo(result.noEndpoint());
  }

  @Test
  void arrivalsChange() {
    ClusterResult result =
        two().at(seconds(5), Change.arrivals(Arrivals.constant(300))).build().run(1);
    assertThat(result.requests()).isBetween(1997L, 2000L);
    assertThat(result.server("s1").attemptsOverTime()[3]).isEqualTo(50);
    assertThat(result.server("s1").attemptsOverTime()[7]).isEqualTo(150);
  }

  @Test
  void aFailedAttemptIsTriedElsewhere() {
    ClusterResult result =
        two()
            .strategy(Strategies.BY_WEIGHT)
            .attempts(2)
            .at(seconds(0), Change.dies("s1"))
            .build()
            .run(1);
    assertThat(result.succeeded()).isEqualTo(result.requests());
    assertThat(result.server("s1").attempts(Outcome.UNREACHABLE)).isEqualTo(result.retries());
    assertThat(result.server("s2").attempts()).isEqualTo(result.requests());
    assertThat(result.retries()).isBetween(440L, 560L);
  }

  @Test
  void attemptsAreLimited() {
    ClusterResult result =
        two()
            .attempts(3)
            .at(seconds(0), Change.dies("s1"))
            .at(seconds(0), Change.dies("s2"))
            .build()
            .run(1);
    assertThat(result.attempts()).isEqualTo(3 * result.requests());
    assertThat(result.ended(Outcome.UNREACHABLE)).isEqualTo(result.requests());
  }

  @Test
  void latencyCountsFromTheIntendedArrivalThroughAllAttempts() {
    ClusterResult result =
        two()
            .attempts(2)
            .timeout(Duration.ofMillis(50))
            .at(seconds(0), Change.hangs("s1"))
            .build()
            .run(1);
    assertThat(result.succeeded()).isEqualTo(result.requests());
    assertThat(result.percentile(100).toNanos()).isCloseTo(51_000_000, within(100_000L));
    assertThat(result.percentile(25).toNanos()).isCloseTo(1_000_000, within(1_000L));
  }

  @Test
  void aServerGoesOnWithWhatItsClientGaveUp() {
    Server slow = Server.ofSlots(1).serviceTime(ServiceTime.constant(Duration.ofMillis(20)));
    ClusterResult result = one(slow).timeout(Duration.ofMillis(15)).build().run(1);
    // Each piece of work takes longer than its client waits, so none is of use to anyone.
    assertThat(result.ended(Outcome.TIMEOUT)).isEqualTo(result.requests());
    assertThat(result.server("s1").utilisation()).isCloseTo(1, within(0.01));
    assertThat(result.server("s1").mostInFlight()).isGreaterThan(400);
  }
}
