package io.evenkeel.lb.health.probe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PhiAccrualTest {
  private static final long SECOND = 1_000_000_000;

  /** The normal distribution, from its table: 1 - 10^-phi is the chance of at most this silence. */
  @ParameterizedTest
  @CsvSource({
    "0, 0.5",
    "6, 0.7257",
    "15, 0.9332",
    "20, 0.97725",
    "25, 0.99379",
    "35, 0.99977",
    "40, 0.99997",
    "-6, 0.2743",
    "-20, 0.02275"
  })
  void phiIsTheLogarithmOfTheChanceOfALongerSilence(double silence, double chance) {
    double phi = PhiAccrual.phi(silence, 0, 10);
    assertThat(1 - Math.pow(10, -phi)).isCloseTo(chance, within(0.001));
  }

  /** The formula, term by term, for one value. */
  @Test
  void phiIsThatOfTheFormula() {
    double y = (1.5 - 1.0) / 0.2;
    double e = Math.exp(-y * (1.5976 + 0.070566 * y * y));
    assertThat(PhiAccrual.phi(1.5, 1, 0.2)).isEqualTo(-Math.log10(e / (1 + e)));
    assertThat(PhiAccrual.phi(1.5, 1, 0.2)).isCloseTo(2.21, within(0.01));
  }

  @Test
  void anEstimateOfOneSecondStandsForDeviationsOfAQuarter() {
    PhiAccrual phi = new PhiAccrual(100, 1, 0, SECOND);
    assertThat(phi.phi(SECOND)).isCloseTo(0.3, within(0.01));
    assertThat(phi.phi(2 * SECOND)).isCloseTo(4.5, within(0.3));
    assertThat(phi.phi(3 * SECOND)).isGreaterThan(15);
  }

  /** At the defaults: 1 s + 5.226 deviations of 0.5 s. */
  @Test
  void thresholdEightIsAboutFiveDeviationsBeyondTheMean() {
    PhiAccrual phi = new PhiAccrual(100, 5e8, 0, SECOND);
    for (int i = 0; i < 100; i++) {
      phi.add(SECOND);
    }
    assertThat(phi.silenceFor(8) / 1e9).isCloseTo(3.613, within(0.001));
  }

  @Property(tries = 300)
  void theSilenceForAThresholdIsWherePhiReachesIt(
      @ForAll @DoubleRange(min = 1, max = 100) double threshold,
      @ForAll @IntRange(min = 1, max = 3_600_000) int meanMillis,
      @ForAll @IntRange(min = 1, max = 3_600_000) int sdMillis,
      @ForAll @IntRange(max = 60_000) int pauseMillis) {
    PhiAccrual phi = new PhiAccrual(10, sdMillis * 1e6, pauseMillis * 1e6, meanMillis * 1_000_000L);
    long silence = phi.silenceFor(threshold);
    assertThat(phi.phi(silence)).isCloseTo(threshold, within(1e-3));
    assertThat(phi.phi(silence - sdMillis * 10_000L)).isLessThan(threshold);
  }

  @Test
  void onlyTheLatestIntervalsCount() {
    PhiAccrual phi = new PhiAccrual(3, 1, 0, SECOND);
    for (long interval : new long[] {50, 50, 50, 2, 4, 6}) {
      phi.add(interval);
    }
    double sd = Math.sqrt(8.0 / 3);
    assertThat(phi.phi(7)).isEqualTo(PhiAccrual.phi(7, 4, sd));
  }

  @Test
  void aPauseThatIsAcceptedMovesTheMean() {
    PhiAccrual plain = new PhiAccrual(10, 1e8, 0, SECOND);
    PhiAccrual patient = new PhiAccrual(10, 1e8, 3e9, 1_000_000_000);
    assertThat(patient.silenceFor(8) - plain.silenceFor(8)).isEqualTo(3_000_000_000L);
  }
}
