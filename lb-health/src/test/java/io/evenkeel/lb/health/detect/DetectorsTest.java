package io.evenkeel.lb.health.detect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class DetectorsTest {
  private static final long MILLISECOND = 1_000_000;

  /** So many requests in each second for ten, of which a share failed, the last ones in a row. */
  private static Traffic steady(int perSecond, double failing, int inARow) {
    long history = inARow == 64 ? -1L : (1L << inARow) - 1;
    return new Traffic(
        counts(perSecond, failing),
        counts(3 * perSecond, failing),
        counts(10 * perSecond, failing),
        history,
        0,
        0,
        0);
  }

  private static Counts counts(int requests, double failing) {
    long failures = Math.round(requests * failing);
    return new Counts(requests - failures, failures, (requests - failures) * 10 * MILLISECOND);
  }

  private static Cluster cluster(Traffic first, int others, Traffic other) {
    List<Traffic> all = new ArrayList<>();
    all.add(first);
    for (int i = 0; i < others; i++) {
      all.add(other);
    }
    return Cluster.of(all);
  }

  @Test
  void fiveInARowAreEnoughWhereOthersAreFit() {
    FailuresInARow detector = FailuresInARow.of(5);
    Traffic good = steady(100, 0, 0);
    assertThat(detector.suspects(0, cluster(steady(100, 0.001, 4), 1, good))).isNull();
    assertThat(detector.suspects(0, cluster(steady(100, 0.005, 5), 1, good)))
        .startsWith("5 failures in a row");
  }

  /** With p the failure ratio of the others, p^m must be below e^-14. */
  @Test
  void moreInARowAreNeededWhereOthersFail() {
    FailuresInARow detector = FailuresInARow.of(5);
    Traffic half = steady(1000, 0.5, 0);
    assertThat(detector.suspects(0, cluster(steady(1000, 0.5, 20), 4, half))).isNull();
    assertThat(detector.suspects(0, cluster(steady(1000, 0.5, 21), 4, half))).isNotNull();
    Traffic sixty = steady(1000, 0.6, 0);
    assertThat(detector.suspects(0, cluster(steady(1000, 0.6, 27), 4, sixty))).isNull();
    assertThat(detector.suspects(0, cluster(steady(1000, 0.6, 29), 4, sixty))).isNotNull();
  }

  /** Runs of 5 come every (p^-5 - 1)/(1-p) requests: every 586 at 30 %. */
  @Test
  void aRunAsLongAsIsNeededIsAsRareAsStated() {
    for (double ratio : new double[] {0.05, 0.1, 0.3, 0.6, 0.9}) {
      int needed = Evidence.inARow(ratio);
      double requests = (Math.pow(ratio, -needed) - 1) / (1 - ratio);
      assertThat(requests).isGreaterThan(1e6);
    }
    assertThat((Math.pow(0.5, -5) - 1) / 0.5).isCloseTo(62, within(0.5));
    assertThat((Math.pow(0.2, -5) - 1) / 0.8).isCloseTo(3905, within(0.5));
    assertThat((Math.pow(0.3, -5) - 1) / 0.7).isCloseTo(586, within(0.5));
  }

  @Test
  void whenAllBeginToFailAtOnceNobodyIsSuspected() {
    // The last ten seconds were good; the latest outcomes of all are failures.
    Traffic failing = steady(100, 0, 8);
    for (int nodes : new int[] {1, 2, 9}) {
      assertThat(FailuresInARow.of(5).suspects(0, cluster(failing, nodes, failing))).isNull();
    }
  }

  @Test
  void whoFailsOftenerThanTheOthersIsSuspectedInClustersOfTwoAndMore() {
    FailureRatio detector = FailureRatio.ofDefaults();
    for (int others : new int[] {1, 2, 9}) {
      Traffic good = steady(100, 0, 0);
      assertThat(detector.suspects(0, cluster(steady(100, 0.3, 0), others, good))).isNotNull();
      assertThat(detector.suspects(0, cluster(steady(100, 0.05, 0), others, good))).isNull();
      Traffic bad = steady(100, 0.3, 0);
      assertThat(detector.suspects(0, cluster(bad, others, bad))).isNull();
      assertThat(detector.suspects(0, cluster(steady(100, 0.35, 0), others, bad))).isNull();
    }
  }

  @Test
  void fewRequestsAreNoEvidence() {
    FailureRatio detector = FailureRatio.ofDefaults();
    Traffic none = steady(0, 0, 0);
    Traffic few =
        new Traffic(new Counts(1, 3, 0), new Counts(1, 3, 0), new Counts(1, 3, 0), 7, 0, 0, 0);
    assertThat(detector.suspects(0, cluster(few, 4, steady(100, 0, 0)))).isNull();
    assertThat(detector.suspects(0, cluster(steady(1, 1, 10), 4, none))).isNull();
  }

  /** Others that had their requests before all began to fail must not look better. */
  @Test
  void whatFailedInTheLastSecondsIsJudgedByThem() {
    Traffic herded =
        new Traffic(
            new Counts(13, 20, 0), new Counts(26, 20, 0), new Counts(48, 20, 0), 0, 0, 0, 0);
    Traffic earlier =
        new Traffic(new Counts(1, 1, 0), new Counts(5, 1, 0), new Counts(60, 1, 0), 0, 0, 0, 0);
    assertThat(FailureRatio.ofDefaults().suspects(0, cluster(herded, 4, earlier))).isNull();
  }

  /** Envoy's rule: k of n equally bad nodes are outliers while k/n is below 21.7 %. */
  @Test
  void meanAndDeviationAreBlindToMoreThanAFifthAndMediansAreNot() {
    SuccessRate detector = SuccessRate.ofDefaults();
    for (int nodes : new int[] {10, 20, 50, 100}) {
      for (int bad = 1; bad < nodes / 2; bad++) {
        double[] rates = new double[nodes];
        Arrays.fill(rates, 1);
        Arrays.fill(rates, 0, bad, 0.5);
        boolean seen = 0.5 < detector.byMean(Rates.of(rates));
        assertThat(seen).as(bad + " of " + nodes).isEqualTo((double) bad / nodes < 0.217);
        assertThat(0.5).isLessThan(SuccessRate.byMedian(Rates.of(rates)));
      }
    }
  }

  @Test
  void fourOfTenAreOutliersAndEvenErrorsAreNot() {
    SuccessRate detector = SuccessRate.ofDefaults();
    List<Traffic> all = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      all.add(steady(100, i < 4 ? 0.3 : 0.001, 0));
    }
    Cluster cluster = Cluster.of(all);
    for (int i = 0; i < 10; i++) {
      assertThat(detector.suspects(i, cluster) != null).as("node " + i).isEqualTo(i < 4);
    }
    Traffic even = steady(100, 0.3, 0);
    assertThat(detector.suspects(0, cluster(steady(100, 0.33, 0), 9, even))).isNull();
    assertThat(detector.suspects(0, cluster(steady(100, 0.9, 0), 3, steady(100, 0, 0)))).isNull();
  }

  @Test
  void aNodeThatSaysNothingWhileOthersAnswerIsSuspected() {
    Latency detector = Latency.ofDefaults();
    Traffic good = steady(100, 0, 0);
    Traffic silent = silent(3, 600);
    assertThat(detector.suspects(0, cluster(silent, 2, good)))
        .startsWith("nothing came back of 3 for 600 ms");
    assertThat(detector.suspects(0, cluster(silent(3, 400), 2, good))).isNull();
    assertThat(detector.suspects(0, cluster(silent(30, 400), 2, good))).isNull();
    assertThat(detector.suspects(0, cluster(silent, 2, silent))).isNull();
  }

  @Test
  void fewRequestsWaitLongerUntilTheirNodeIsSuspected() {
    Latency detector = Latency.ofDefaults();
    Traffic good = steady(100, 0, 0);
    assertThat(detector.suspects(0, cluster(silent(1, 1400), 2, good))).isNull();
    assertThat(detector.suspects(0, cluster(silent(1, 1500), 2, good))).isNotNull();
    assertThat(detector.suspects(0, cluster(silent(2, 700), 2, good))).isNull();
    assertThat(detector.suspects(0, cluster(silent(2, 750), 2, good))).isNotNull();
    assertThat(detector.suspects(0, cluster(silent(0, 60_000), 2, good))).isNull();
  }

  private static Traffic silent(int waiting, int milliseconds) {
    return new Traffic(
        Counts.NONE, Counts.NONE, Counts.NONE, 0, 0, milliseconds * MILLISECOND, waiting);
  }

  @Test
  void aNodeThatIsFarSlowerIsSuspected() {
    Counts slow = new Counts(20, 0, 20 * 700 * MILLISECOND);
    Traffic traffic = new Traffic(slow, slow, slow, 0, 0, 0, 0);
    assertThat(Latency.ofDefaults().suspects(0, cluster(traffic, 2, steady(100, 0, 0))))
        .startsWith("took 700 ms");
    assertThat(Latency.of(100, Duration.ZERO).suspects(0, cluster(traffic, 2, steady(9, 0, 0))))
        .isNull();
  }

  @Test
  void settingsAreChecked() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> FailuresInARow.of(0))
        .withMessage("least: 0 (expected: 1..64)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> FailureRatio.of(0, 5))
        .withMessage("threshold: 0.0 (expected: 0.01..1.0)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Latency.of(1, Duration.ZERO))
        .withMessageStartingWith("factor: 1.0 (expected: 1.3");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> SuccessRate.of(2, 2, 100))
        .withMessageStartingWith("nodes: 2");
  }
}
