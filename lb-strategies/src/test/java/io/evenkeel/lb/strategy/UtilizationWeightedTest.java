package io.evenkeel.lb.strategy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.evenkeel.lb.LoadReport;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** The numbers of gRFC A58, and what is stricter here. */
class UtilizationWeightedTest {
  private static void report(Measured measured, int node, double qps, double utilization) {
    report(measured, node, qps, utilization, 0);
  }

  private static void report(
      Measured measured, int node, double qps, double utilization, double eps) {
    measured
        .node(node)
        .report(
            LoadReport.builder()
                .queriesPerSecond(qps)
                .utilization(utilization)
                .errorsPerSecond(eps)
                .build());
  }

  /** Two nodes that could serve 200 and 100 in a second, after the blackout. */
  private static Measured twoToOne() {
    Measured measured = new Measured(UtilizationWeighted.ofDefaults(), 1, 1);
    report(measured, 0, 100, 0.5);
    report(measured, 1, 50, 0.5);
    measured.seconds(10);
    return measured;
  }

  @Test
  void sharesAreQpsByUtilisation() {
    try (Measured measured = new Measured(UtilizationWeighted.ofDefaults(), 1, 1, 1)) {
      report(measured, 0, 100, 0.5);
      report(measured, 1, 300, 1.2);
      report(measured, 2, 90, 0.6);
      measured.seconds(10);
      measured.assertShares(200, 250, 150);
    }
  }

  @Test
  void configuredWeightsMultiply() {
    try (Measured measured = new Measured(UtilizationWeighted.ofDefaults(), 1, 4)) {
      report(measured, 0, 100, 0.5);
      report(measured, 1, 50, 0.5);
      measured.seconds(10);
      measured.assertShares(2, 4);
    }
  }

  @Test
  void errorsAddToTheUtilisationByThePenalty() {
    for (double penalty : new double[] {0, 1, 2}) {
      UtilizationWeighted strategy = UtilizationWeighted.builder().errorPenalty(penalty).build();
      try (Measured measured = new Measured(strategy, 1, 1)) {
        report(measured, 0, 100, 0.5, 25);
        report(measured, 1, 100, 0.5);
        measured.seconds(10);
        measured.assertShares(1 / (0.5 + 0.25 * penalty), 2);
      }
    }
  }

  @Test
  void reportsCountAfterTenSecondsOfThem() {
    try (Measured measured = new Measured(UtilizationWeighted.ofDefaults(), 1, 1)) {
      measured.seconds(30);
      report(measured, 0, 100, 0.5);
      report(measured, 1, 50, 0.5);
      measured.millis(9_999);
      measured.assertShares(1, 1);
      measured.millis(1);
      measured.assertShares(2, 1);
    }
  }

  @Test
  void aReportCountsForThreeMinutesAndThenTheBlackoutBeginsAgain() {
    try (Measured measured = twoToOne()) {
      measured.seconds(169);
      measured.assertShares(2, 1);
      measured.seconds(1);
      measured.assertShares(1, 1);
      report(measured, 0, 100, 0.5);
      report(measured, 1, 50, 0.5);
      measured.seconds(9);
      measured.assertShares(1, 1);
      measured.seconds(1);
      measured.assertShares(2, 1);
    }
  }

  @Test
  void eachReportIsAReasonToGoOn() {
    try (Measured measured = twoToOne()) {
      measured.seconds(160);
      report(measured, 0, 100, 0.5);
      report(measured, 1, 50, 0.5);
      measured.seconds(179);
      measured.assertShares(2, 1);
      measured.seconds(1);
      measured.assertShares(1, 1);
    }
  }

  @Test
  void weightsAreRenewedOnceASecond() {
    try (Measured measured = twoToOne()) {
      report(measured, 1, 100, 0.5);
      measured.millis(999);
      measured.assertShares(2, 1);
      measured.millis(1);
      measured.assertShares(1, 1);
    }
  }

  @Test
  void aNodeWithoutReportsGetsTheMean() {
    try (Measured measured = new Measured(UtilizationWeighted.ofDefaults(), 1, 1, 1)) {
      report(measured, 0, 100, 0.5);
      report(measured, 1, 50, 0.5);
      measured.seconds(10);
      measured.assertShares(200, 100, 150);
      // One that has just come does not have to wait for that.
      measured.source.publish(Choices.endpoints(1, 1, 1, 1));
      measured.assertShares(200, 100, 150, 150);
    }
  }

  @Test
  void fewerThanTwoNodesWithReportsAreRoundRobin() {
    try (Measured measured = new Measured(UtilizationWeighted.ofDefaults(), 1, 1, 1)) {
      report(measured, 0, 1_000, 0.1);
      measured.seconds(20);
      measured.assertShares(1, 1, 1);
    }
  }

  @Test
  void whatIsNoReportToGoByIsIgnored() {
    try (Measured measured = twoToOne()) {
      double[] bad = {0, Double.NaN, Double.POSITIVE_INFINITY, -1};
      for (double number : bad) {
        report(measured, 0, 100, number);
        report(measured, 0, number, 0.5);
        report(measured, 0, number, number);
      }
      report(measured, 0, Double.MAX_VALUE, Double.MIN_VALUE);
      report(measured, 0, Double.MIN_VALUE, Double.MAX_VALUE);
      measured.node(0).report(LoadReport.nothing());
      measured.seconds(5);
      measured.assertShares(2, 1);
      measured.seconds(165);
      // Nor did they keep the last good report alive.
      measured.assertShares(1, 1);
    }
  }

  @Test
  void noReportMovesAWeightMoreThanTwofoldInAnUpdate() {
    try (Measured measured = twoToOne()) {
      report(measured, 1, 1e9, 0.001);
      measured.seconds(1);
      measured.assertShares(2, 2);
      // A change of the nodes is no update.
      measured.source.publish(Choices.endpoints(1, 2));
      measured.source.publish(Choices.endpoints(1, 1));
      measured.assertShares(2, 2);
      measured.seconds(1);
      measured.assertShares(2, 4);
      report(measured, 1, 1, 1);
      measured.seconds(1);
      measured.assertShares(2, 2);
      measured.seconds(1);
      measured.assertShares(2, 1);
    }
  }

  @Test
  void theFirstWeightsStartFromTheMean() {
    try (Measured measured = new Measured(UtilizationWeighted.ofDefaults(), 1, 1)) {
      report(measured, 0, 300, 1);
      report(measured, 1, 100, 1);
      measured.seconds(10);
      measured.assertShares(300, 100);
      measured.source.publish(Choices.endpoints(1, 1, 1));
      report(measured, 2, 1_000, 1);
      measured.seconds(10);
      // The mean was 200.
      measured.assertShares(300, 100, 400);
      measured.seconds(1);
      measured.assertShares(300, 100, 800);
    }
  }

  @Test
  void weightsStayBetweenATenthAndTenTimesTheMean() {
    double[] ones = Choices.equal(30);
    try (Measured measured = new Measured(UtilizationWeighted.ofDefaults(), ones)) {
      for (int node = 2; node < 30; node++) {
        report(measured, node, 100, 1);
      }
      report(measured, 0, 100_000, 1);
      report(measured, 1, 0.001, 1);
      measured.seconds(60);
      double mean = (100_000 + 28 * 100 + 0.001) / 30;
      double[] expected = new double[30];
      java.util.Arrays.fill(expected, 0.1 * mean);
      expected[0] = 10 * mean;
      measured.assertShares(expected);
    }
  }

  @Test
  void anExtremeWeightLeavesEveryNodeAChance() {
    try (Measured measured =
        new Measured(UtilizationWeighted.ofDefaults(), 1e9, Double.MIN_VALUE)) {
      report(measured, 0, 100, 1);
      report(measured, 1, 1, 1);
      measured.seconds(20);
      assertThat(measured.shares()[0]).isGreaterThan(0.999);
    }
  }

  @Test
  void settingsOutOfRangeAreRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> UtilizationWeighted.builder().update(Duration.ofMillis(99)))
        .withMessage("update: PT0.099S (expected: PT0.1S..PT1H)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> UtilizationWeighted.builder().errorPenalty(Double.NaN))
        .withMessage("errorPenalty: NaN (expected: 0..1000)");
    assertThat(UtilizationWeighted.ofDefaults())
        .hasToString(
            "UtilizationWeighted[blackout=PT10S, expiry=PT3M, update=PT1S, errorPenalty=1.0]");
  }
}
