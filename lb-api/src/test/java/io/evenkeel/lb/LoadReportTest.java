package io.evenkeel.lb;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class LoadReportTest {
  @Test
  void whatCannotBeMeantCountsAsNotSaid() {
    for (double bad : new double[] {Double.NaN, -1, Double.POSITIVE_INFINITY, 0}) {
      LoadReport report =
          LoadReport.builder()
              .utilization(bad)
              .queriesPerSecond(bad)
              .errorsPerSecond(bad)
              .inFlight(-7)
              .latencyNanos(-7)
              .build();
      assertThat(report).hasToString(LoadReport.nothing().toString());
      assertThat(report.utilization()).isZero();
      assertThat(report.inFlight()).isEqualTo(-1);
      assertThat(report.latencyNanos()).isZero();
    }
  }

  @Test
  void itPrintsWhatWasSaid() {
    assertThat(LoadReport.builder().inFlight(0).latencyNanos(5).utilization(0.5).build())
        .hasToString("LoadReport[utilization=0.5, inFlight=0, latencyNanos=5]");
  }
}
