package io.evenkeel.lb.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assertions.withinPercentage;

import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.LoadMeter;
import io.evenkeel.lb.LoadReport;
import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.testkit.FakeTicker;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class PeakEwmaTest {
  private static final Endpoint ENDPOINT = Endpoint.of("10.0.0.1", 80);
  private static final long MICRO = 1_000;
  private static final long MILLI = 1_000_000;
  private static final Duration TAU = Duration.ofSeconds(10);

  private final FakeTicker ticker = new FakeTicker(123_456_789);

  private LoadMeter meter() {
    return PeakEwma.ofDefaults().newMeter(ENDPOINT, 0, ticker.read());
  }

  private LoadMeter meterAt(long latencyNanos) {
    LoadMeter meter = meter();
    succeed(meter, latencyNanos);
    return meter;
  }

  private void succeed(LoadMeter meter, long latencyNanos) {
    meter.record(Outcome.SUCCESS, latencyNanos, ticker.read());
  }

  private void fail(LoadMeter meter, long latencyNanos) {
    meter.record(Outcome.FAILURE, latencyNanos, ticker.read());
  }

  @Test
  void costIsLatencyTimesRequestsThatWouldBeInFlight() {
    LoadMeter meter = meterAt(20 * MILLI);
    assertThat(meter.load(0, ticker.read())).isCloseTo(20e6, within(10.0));
    assertThat(meter.load(4, ticker.read())).isCloseTo(100e6, within(50.0));
  }

  @Test
  void aNodeThatIsBackBeginsLikeANewOneButIsSparedAsItAsked() {
    for (double typical : new double[] {0, 20 * MILLI}) {
      LoadMeter fresh = PeakEwma.ofDefaults().newMeter(ENDPOINT, typical, ticker.read());
      LoadMeter back = meterAt(900 * MILLI);
      fail(back, MILLI);
      back.renew(typical, ticker.read());
      for (int inFlight = 0; inFlight < 3; inFlight++) {
        assertThat(back.load(inFlight, ticker.read()))
            .isEqualTo(fresh.load(inFlight, ticker.read()));
      }
      back.pushback(1000 * MILLI, ticker.read());
      back.renew(typical, ticker.read());
      assertThat(back.load(1, ticker.read())).isGreaterThan(100 * fresh.load(1, ticker.read()));
    }
  }

  @Test
  void aPeakReplacesTheAverageAtOnce() {
    LoadMeter meter = meterAt(MILLI);
    succeed(meter, 500 * MILLI);
    assertThat(meter.load(0, ticker.read())).isCloseTo(500e6, within(100.0));
  }

  @Test
  void aLowerSampleIsAveragedInByTheTimeThatHasPassed() {
    for (long millis : new long[] {1, 30, 100, 1_000, 7_000, 60_000}) {
      LoadMeter meter = meterAt(100 * MILLI);
      ticker.advance(millis * MILLI);
      succeed(meter, 10 * MILLI);
      double weight = Math.exp(-millis / 10_000.0);
      double expected = 100e6 * weight + 10e6 * (1 - weight);
      assertThat(meter.load(1, ticker.read()) / 2)
          .as("after %d ms", millis)
          .isCloseTo(expected, within(expected * 1e-4));
    }
  }

  @Test
  void manySamplesInAShortTimeWeighNoMoreThanTheTimeDoes() {
    LoadMeter meter = meterAt(100 * MILLI);
    for (int i = 0; i < 10_000; i++) {
      ticker.advance(100 * MICRO);
      succeed(meter, 10 * MILLI);
    }
    double weight = Math.exp(-0.1);
    assertThat(meter.load(1, ticker.read()) / 2)
        .isCloseTo(100e6 * weight + 10e6 * (1 - weight), within(1e6));
  }

  @Test
  void subMillisecondBackendsAreToldApart() {
    assertThat(
            meterAt(50 * MICRO).load(0, ticker.read())
                / meterAt(100 * MICRO).load(0, ticker.read()))
        .isCloseTo(0.5, within(1e-6));
    assertThat(meterAt(900).load(0, ticker.read()))
        .isLessThan(meterAt(1_000).load(0, ticker.read()));
  }

  @Test
  void anIdlePunishedNodeIsTriedAgainAfterTauTimesTheLogOfTheRatio() {
    double good = 10e6;
    LoadMeter punished = meterAt(1_000 * MILLI);
    double retried = TAU.toSeconds() * Math.log(1_000 / 10.0);
    ticker.advance(Duration.ofMillis((long) (retried * 970)));
    assertThat(punished.load(0, ticker.read())).isGreaterThan(good);
    ticker.advance(Duration.ofMillis((long) (retried * 60)));
    assertThat(punished.load(0, ticker.read())).isLessThan(good);
  }

  @Test
  void aNodeThatIsStuckWithRequestsDoesNotLookBetterWithTime() {
    LoadMeter stuck = meterAt(10 * MILLI);
    double before = stuck.load(3, ticker.read());
    ticker.advance(Duration.ofMinutes(1));
    assertThat(stuck.load(3, ticker.read())).isEqualTo(before);
  }

  @Test
  void anUnknownNodeLooksFreeOnlyUntilItHasARequestInFlight() {
    LoadMeter unknown = meter();
    LoadMeter known = meterAt(10 * MILLI);
    assertThat(unknown.load(0, ticker.read())).isZero();
    assertThat(unknown.load(1, ticker.read())).isGreaterThan(known.load(50, ticker.read()));
  }

  @Test
  void aNewNodeStartsFromWhatIsTypical() {
    LoadMeter fresh = PeakEwma.ofDefaults().newMeter(ENDPOINT, 20e6, ticker.read());
    assertThat(fresh.load(0, ticker.read())).isCloseTo(20e6, within(10.0));
  }

  @Test
  void eachFailureCountsAndSoonAllOfThem() {
    LoadMeter meter = meterAt(10 * MILLI);
    double good = meter.load(0, ticker.read());
    fail(meter, 10 * MICRO);
    assertThat(meter.load(0, ticker.read()) / good).isCloseTo(1 + 50.0 / 32, within(0.01));
    for (int i = 0; i < 4; i++) {
      fail(meter, 10 * MICRO);
    }
    assertThat(meter.load(0, ticker.read()) / good).isGreaterThan(8);
    for (int i = 0; i < 200; i++) {
      fail(meter, 10 * MICRO);
    }
    assertThat(meter.load(0, ticker.read()) / good).isBetween(50.0, 51.0);
  }

  @Test
  void oneFailureIsForgottenAfterSomeSuccesses() {
    LoadMeter meter = meterAt(10 * MILLI);
    double good = meter.load(1, ticker.read());
    fail(meter, MILLI);
    for (int i = 0; i < 300; i++) {
      ticker.advance(MILLI);
      succeed(meter, 10 * MILLI);
    }
    assertThat(meter.load(1, ticker.read())).isCloseTo(good, within(good * 0.001));
  }

  @Test
  void nodesThatAllFailNowAndThenStayComparableByLatency() {
    SplittableRandom random = new SplittableRandom(4);
    LoadMeter slow = meter();
    LoadMeter fast = meter();
    int fastLooksBetter = 0;
    for (int i = 0; i < 20_000; i++) {
      ticker.advance(MILLI);
      for (LoadMeter meter : List.of(slow, fast)) {
        Outcome outcome = random.nextInt(100) == 0 ? Outcome.FAILURE : Outcome.SUCCESS;
        meter.record(outcome, meter == slow ? 100 * MILLI : 10 * MILLI, ticker.read());
      }
      fastLooksBetter += fast.load(1, ticker.read()) < slow.load(1, ticker.read()) ? 1 : 0;
    }
    assertThat(fastLooksBetter).isGreaterThan(19_900);
  }

  @Test
  void aNodeThatFailsFromItsFirstRequestLooksSlow() {
    LoadMeter failing = meter();
    fail(failing, 10 * MICRO);
    assertThat(failing.load(0, ticker.read()))
        .isGreaterThan(meterAt(500 * MILLI).load(0, ticker.read()));
  }

  @Test
  void aSlowFailureIsAlsoASlowSample() {
    LoadMeter meter = meterAt(10 * MILLI);
    meter.record(Outcome.TIMEOUT, 2_000 * MILLI, ticker.read());
    assertThat(meter.load(0, ticker.read())).isGreaterThan(2_000 * MILLI);
  }

  @Test
  void anEndpointIsSparedForAsLongAsItAskedAndNoLonger() {
    LoadMeter meter = meterAt(10 * MILLI);
    double good = meter.load(1, ticker.read());
    meter.pushback(3_000 * MILLI, ticker.read());
    assertThat(meter.load(1, ticker.read())).isGreaterThan(good * 1_000);
    ticker.advance(2_999 * MILLI);
    assertThat(meter.load(1, ticker.read())).isGreaterThan(good * 1_000);
    ticker.advance(2 * MILLI);
    assertThat(meter.load(1, ticker.read())).isLessThan(good * 3);
  }

  @Test
  void theClockMayWrapAround() {
    FakeTicker wrapping = new FakeTicker(Long.MAX_VALUE - 5 * MILLI);
    LoadMeter meter = PeakEwma.ofDefaults().newMeter(ENDPOINT, 0, wrapping.read());
    meter.record(Outcome.SUCCESS, 100 * MILLI, wrapping.read());
    wrapping.advance(Duration.ofSeconds(10));
    meter.record(Outcome.SUCCESS, 0, wrapping.read());
    assertThat(meter.load(1, wrapping.read()) / 2).isCloseTo(100e6 / Math.E, within(1e5));
    meter.pushback(1_000 * MILLI, wrapping.read());
    wrapping.advance(2_000 * MILLI);
    assertThat(meter.load(1, wrapping.read())).isLessThan(1e9);
  }

  @Test
  void anEndpointIsSparedAcrossTheEndOfTheClock() {
    FakeTicker wrapping = new FakeTicker(Long.MAX_VALUE - 5 * MILLI);
    LoadMeter meter = PeakEwma.ofDefaults().newMeter(ENDPOINT, 10e6, wrapping.read());
    meter.pushback(1_000 * MILLI, wrapping.read());
    assertThat(meter.load(1, wrapping.read())).isGreaterThan(10e9);
    wrapping.advance(500 * MILLI);
    assertThat(meter.load(1, wrapping.read())).isGreaterThan(10e9);
  }

  @Test
  void aNodeThatGoesOnFailingFastNeverLooksGoodAgain() {
    LoadMeter failing = meterAt(10 * MILLI);
    LoadMeter working = meterAt(10 * MILLI);
    for (int i = 0; i < 1_200; i++) {
      ticker.advance(100 * MILLI);
      fail(failing, 10 * MICRO);
      succeed(working, 10 * MILLI);
      if (i > 10) {
        assertThat(failing.load(0, ticker.read()))
            .as("after %d failures", i + 1)
            .isGreaterThan(working.load(4, ticker.read()));
      }
    }
    succeed(failing, 10 * MILLI);
    assertThat(failing.load(0, ticker.read()))
        .as("one lucky request")
        .isGreaterThan(working.load(4, ticker.read()));
  }

  @Test
  void whatANodeTeachesIsItsLatencyAlone() {
    LoadMeter meter = meterAt(10 * MILLI);
    fail(meter, MILLI);
    meter.pushback(60_000 * MILLI, ticker.read());
    ticker.advance(Duration.ofMinutes(5));
    assertThat(meter.baseline()).isCloseTo(10e6, within(10.0));
  }

  @Test
  void anEndpointIsSparedThoughRequestsInFlightSucceed() {
    LoadMeter meter = meterAt(10 * MILLI);
    meter.pushback(60_000 * MILLI, ticker.read());
    for (int i = 0; i < 1_000; i++) {
      ticker.advance(MILLI);
      succeed(meter, 10 * MILLI);
    }
    assertThat(meter.load(1, ticker.read())).isGreaterThan(10e9);
    ticker.advance(60_000 * MILLI);
    succeed(meter, 10 * MILLI);
    assertThat(meter.load(1, ticker.read())).isLessThan(30e6);
  }

  @Test
  void aNodeThatRestedOverAWeekendIsDecayedAndLearnsAgain() {
    LoadMeter rested = meterAt(2_000 * MILLI);
    ticker.advance(Duration.ofHours(60));
    assertThat(rested.load(0, ticker.read())).isLessThan(1e6);
    succeed(rested, 10 * MILLI);
    assertThat(rested.load(1, ticker.read()) / 2).isCloseTo(10e6, within(1e5));
  }

  @Test
  void theClockMayBeNegative() {
    FakeTicker negative = new FakeTicker(-1_000_000 * MILLI);
    LoadMeter meter = PeakEwma.ofDefaults().newMeter(ENDPOINT, 10e6, negative.read());
    meter.record(Outcome.FAILURE, MILLI, negative.read());
    assertThat(meter.load(0, negative.read())).isLessThan(40e6);
  }

  @Test
  void settingsOutOfRangeAreRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> PeakEwma.builder().tau(Duration.ZERO))
        .withMessage("tau: PT0S (expected: PT0.01S..PT1H)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> PeakEwma.builder().failurePenalty(Double.NaN))
        .withMessage("failurePenalty: NaN (expected: 0..1e6)");
  }

  /** Says that the node has so many requests in flight, of which so many are its own. */
  private void report(LoadMeter meter, int inFlight, int own) {
    meter.report(LoadReport.builder().inFlight(inFlight).build(), own, ticker.read());
  }

  /** A meter at 20 ms with 3 requests of others, usually. */
  private LoadMeter crowdedMeter() {
    LoadMeter meter = meterAt(20 * MILLI);
    for (int i = 0; i < 10; i++) {
      report(meter, 4, 1);
    }
    return meter;
  }

  @Test
  void aReportIsComparedWithThoseBefore() {
    LoadMeter meter = crowdedMeter();
    assertThat(meter.load(0, ticker.read())).isCloseTo(20e6, within(10.0));
    report(meter, 0, 0);
    // Usual is now 15/16 of 3: (1 + 0) / (1 + 2.8125), squared.
    assertThat(meter.load(0, ticker.read())).isCloseTo(20e6 / (3.8125 * 3.8125), within(10.0));
    report(meter, 9, 2);
    // Of 9 two are our own, and counted as such; usual is now 15/16 of 2.8125 and 1/16 of 7.
    double usual = 2.8125 + (7 - 2.8125) / 16;
    double ratio = (2 + 7 + 1) / (2 + usual + 1);
    assertThat(meter.load(2, ticker.read()) / 20e6).isCloseTo(3 * ratio * ratio, within(1e-5));
  }

  @Test
  void aReportCountsWhateverRequestsEndAfterIt() {
    LoadMeter meter = crowdedMeter();
    report(meter, 0, 0);
    double load = meter.load(0, ticker.read());
    for (int i = 0; i < 3; i++) {
      succeed(meter, 20 * MILLI);
      assertThat(meter.load(0, ticker.read())).isEqualTo(load);
    }
  }

  @Test
  void aReportFadesUntilItIsAsOldAsARequestTakes() {
    LoadMeter meter = meterAt(100 * MILLI);
    for (int i = 0; i < 10; i++) {
      report(meter, 3, 0);
    }
    report(meter, 0, 0);
    double usual = 3 - 3.0 / 16;
    for (int millis = 0; millis < 100; millis += 10) {
      double ratio = 1 - usual * (1 - millis / 100.0) / (usual + 1);
      assertThat(meter.load(0, ticker.read()) / 100e6)
          .as("after %d ms", millis)
          .isCloseTo(ratio * ratio, within(2e-3));
      ticker.advance(10 * MILLI);
    }
    assertThat(meter.load(0, ticker.read())).isCloseTo(100e6, within(50.0));
    ticker.advance(50 * MILLI);
    assertThat(meter.load(2, ticker.read())).isCloseTo(300e6, within(150.0));
  }

  @Test
  void whatIsUsualFollowsTheReports() {
    LoadMeter meter = crowdedMeter();
    for (int i = 0; i < 200; i++) {
      ticker.advance(500 * MILLI);
      report(meter, 8, 0);
    }
    assertThat(meter.load(1, ticker.read())).isCloseTo(40e6, withinPercentage(1));
    report(meter, 3, 0);
    assertThat(meter.load(1, ticker.read())).isLessThan(20e6);
  }

  @Test
  void anEndpointThatAlwaysSaysTheSameGainsNothing() {
    for (int lie : new int[] {0, 1, 1000}) {
      LoadMeter plain = meterAt(20 * MILLI);
      LoadMeter lying = meterAt(20 * MILLI);
      for (int own = 0; own < 5; own++) {
        report(lying, lie + (lie == 0 ? 0 : own), own);
        assertThat(lying.load(own, ticker.read())).isEqualTo(plain.load(own, ticker.read()));
      }
    }
  }

  @Test
  void reportsWithoutRequestsInFlightChangeNothing() {
    LoadMeter meter = meterAt(20 * MILLI);
    double load = meter.load(1, ticker.read());
    meter.report(LoadReport.nothing(), 1, ticker.read());
    meter.report(LoadReport.builder().latencyNanos(1).build(), 1, ticker.read());
    assertThat(meter.load(1, ticker.read())).isEqualTo(load);
  }

  @Test
  void reportsDoNotHideFailuresNorWishesToBeSpared() {
    LoadMeter meter = crowdedMeter();
    LoadMeter plain = meterAt(20 * MILLI);
    fail(meter, MILLI);
    fail(plain, MILLI);
    assertThat(meter.load(0, ticker.read())).isEqualTo(plain.load(0, ticker.read()));
    meter.pushback(MILLI, ticker.read());
    plain.pushback(MILLI, ticker.read());
    assertThat(meter.load(0, ticker.read())).isEqualTo(plain.load(0, ticker.read()));
    // The failures are forgotten one day, and the reports count again.
    for (int i = 0; i < 100; i++) {
      ticker.advance(1_000 * MILLI);
      succeed(meter, 20 * MILLI);
      report(meter, 3, 0);
    }
    report(meter, 0, 0);
    assertThat(meter.load(0, ticker.read())).isLessThan(10e6);
  }

  @Test
  void aReportBeforeTheFirstAnswerCountsAfterIt() {
    LoadMeter meter = meter();
    report(meter, 4, 1);
    assertThat(meter.load(0, ticker.read())).isZero();
    assertThat(meter.load(1, ticker.read())).isEqualTo(2e9);
    succeed(meter, 20 * MILLI);
    report(meter, 0, 0);
    assertThat(meter.load(0, ticker.read())).isLessThan(10e6);
  }

  @Test
  void metricsOfTheSameSettingsAreEqual() {
    PeakEwma metric = PeakEwma.ofDefaults();
    PeakEwma same = PeakEwma.builder().tau(Duration.ofSeconds(10)).failurePenalty(50).build();
    assertThat(metric).isEqualTo(same).hasSameHashCodeAs(same);
    assertThat(metric)
        .isNotEqualTo(PeakEwma.builder().tau(Duration.ofSeconds(3)).build())
        .isNotEqualTo(PeakEwma.builder().failurePenalty(49).build())
        .isNotEqualTo(Ewma.ofDefaults());
  }
}
