package io.evenkeel.lb.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.LoadMeter;
import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.testkit.FakeTicker;
import java.time.Duration;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class EwmaTest {
  private static final Endpoint ENDPOINT = Endpoint.of("10.0.0.1", 80);
  private static final long MICRO = 1_000;
  private static final long MILLI = 1_000_000;

  private final FakeTicker ticker = new FakeTicker(123_456_789);
  private final LoadMeter meter = Ewma.ofDefaults().newMeter(ENDPOINT, 0, ticker.read());

  private void succeed(long latencyNanos) {
    meter.record(Outcome.SUCCESS, latencyNanos, ticker.read());
  }

  private void fail(long latencyNanos) {
    meter.record(Outcome.FAILURE, latencyNanos, ticker.read());
  }

  private double load() {
    return meter.load(0, ticker.read());
  }

  @Test
  void aNodeThatHasNotAnsweredIsUnknownWhateverItsPeersDo() {
    assertThat(Ewma.ofDefaults().newMeter(ENDPOINT, 20e6, ticker.read()).load(0, ticker.read()))
        .isZero();
  }

  @Test
  void requestsAtOneMomentCountAlike() {
    for (int i = 1; i <= 9; i++) {
      succeed(i * MILLI);
    }
    assertThat(load()).isCloseTo(5e6, within(10.0));
  }

  @Test
  void eachRequestCountsByItsAge() {
    SplittableRandom random = new SplittableRandom(7);
    double sum = 0;
    double weights = 0;
    for (int i = 0; i < 5_000; i++) {
      long gap = random.nextLong(100 * MILLI);
      ticker.advance(gap);
      long latency = 1 + random.nextLong(50 * MILLI);
      succeed(latency);
      double fade = Math.exp(-gap / 10e9);
      sum = sum * fade + latency;
      weights = weights * fade + 1;
      assertThat(load()).isCloseTo(sum / weights, within(sum / weights * 0.01));
    }
  }

  @Test
  void itFollowsUpAndDownAlike() {
    for (int i = 0; i < 10_000; i++) {
      ticker.advance(10 * MILLI);
      succeed(10 * MILLI);
    }
    for (int i = 0; i < 1_000; i++) {
      ticker.advance(10 * MILLI);
      succeed(110 * MILLI);
    }
    double risen = load();
    assertThat(risen).isCloseTo(10e6 + 100e6 * (1 - 1 / Math.E), within(0.5e6));
    for (int i = 0; i < 10_000; i++) {
      ticker.advance(10 * MILLI);
      succeed(110 * MILLI);
    }
    for (int i = 0; i < 1_000; i++) {
      ticker.advance(10 * MILLI);
      succeed(10 * MILLI);
    }
    assertThat(load()).isCloseTo(120e6 - risen, within(0.5e6));
  }

  /** A mean over time would let slow requests, which fill more of it, count more often. */
  @Test
  void itIsTheMeanOverRequestsAndNotOverTime() {
    for (int i = 0; i < 4_000; i++) {
      long latency = i % 2 == 0 ? 2 * MILLI : 30 * MILLI;
      ticker.advance(latency);
      succeed(latency);
    }
    assertThat(load()).isCloseTo(16e6, within(0.3e6));
  }

  @Test
  void aSlowFirstRequestIsSoonOutweighed() {
    succeed(1_000 * MILLI);
    for (int i = 0; i < 99; i++) {
      ticker.advance(MILLI);
      succeed(10 * MILLI);
    }
    assertThat(load()).isLessThan(21e6);
  }

  @Test
  void afterAPauseTheNextRequestsSayMost() {
    for (int i = 0; i < 1_000; i++) {
      succeed(100 * MILLI);
    }
    ticker.advance(Duration.ofMinutes(5));
    succeed(10 * MILLI);
    assertThat(load()).isCloseTo(10e6, within(1e4));
  }

  @Test
  void aFastFailureIsAPenaltyAndNoSample() {
    succeed(10 * MILLI);
    fail(10 * MICRO);
    assertThat(load() / 10e6).isCloseTo(1 + 50.0 / 32, within(0.01));
    for (int i = 0; i < 300; i++) {
      fail(10 * MICRO);
    }
    assertThat(load() / 10e6).isBetween(50.0, 51.0);
    assertThat(meter.baseline()).isCloseTo(10e6, within(10.0));
  }

  @Test
  void aSlowFailureIsAlsoASample() {
    succeed(10 * MILLI);
    meter.record(Outcome.TIMEOUT, 2_000 * MILLI, ticker.read());
    assertThat(meter.baseline()).isCloseTo(1_005e6, within(1e3));
  }

  @Test
  void aNodeThatOnlyFailsLooksSlowUntilItAnswers() {
    fail(10 * MICRO);
    assertThat(load()).isGreaterThan(1e9);
    succeed(10 * MILLI);
    assertThat(meter.baseline()).isCloseTo(10e6, within(10.0));
  }

  @Test
  void anEndpointIsSparedForAsLongAsItAsked() {
    succeed(10 * MILLI);
    meter.pushback(3_000 * MILLI, ticker.read());
    ticker.advance(2_999 * MILLI);
    assertThat(load()).isGreaterThan(10e9);
    ticker.advance(2 * MILLI);
    assertThat(load()).isLessThan(30e6);
  }

  @Test
  void settingsOutOfRangeAreRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Ewma.builder().tau(Duration.ofHours(2)))
        .withMessage("tau: PT2H (expected: PT0.01S..PT1H)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Ewma.builder().failurePenalty(-1))
        .withMessage("failurePenalty: -1.0 (expected: 0..1e6)");
  }

  @Test
  void metricsOfTheSameSettingsAreEqual() {
    Ewma metric = Ewma.ofDefaults();
    Ewma same = Ewma.builder().tau(Duration.ofSeconds(10)).failurePenalty(50).build();
    assertThat(metric).isEqualTo(same).hasSameHashCodeAs(same);
    assertThat(metric)
        .isNotEqualTo(Ewma.builder().tau(Duration.ofSeconds(3)).build())
        .isNotEqualTo(Ewma.builder().failurePenalty(49).build())
        .isNotEqualTo(PeakEwma.ofDefaults());
  }
}
