package io.evenkeel.lb.failover;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;

class LatenciesTest {
  private static final long TURN = 10_000_000_000L;
  private static final long MILLI = 1_000_000;

  private final Latencies latencies = new Latencies(TURN);
  private long now = Long.MAX_VALUE - 5 * TURN / 2;

  private void record(long nanos, int times) {
    for (int i = 0; i < times; i++) {
      latencies.record(nanos, now);
    }
  }

  private long quantile(double share) {
    now += 250 * MILLI;
    return latencies.quantile(share, now);
  }

  @Test
  void aBucketIsAtMostASixteenthOfWhatItHolds() {
    SplittableRandom random = new SplittableRandom(1);
    for (int i = 0; i < 100_000; i++) {
      long nanos = random.nextLong(1L << random.nextInt(10, 36));
      long end = Latencies.end(Latencies.bucket(nanos));
      assertThat(end).isGreaterThan(nanos).isLessThanOrEqualTo(nanos + nanos / 16 + 1024);
    }
    assertThat(Latencies.bucket(Long.MAX_VALUE)).isEqualTo(Latencies.bucket(100L * 1_000_000_000));
    assertThat(Latencies.bucket(-1)).isZero();
  }

  @Test
  void quantilesAreThoseOfTheSamples() {
    for (int i = 1; i <= 10_000; i++) {
      latencies.record(i * 10_000L, now);
    }
    assertThat(quantile(0.5)).isCloseTo(50 * MILLI, Percentage.withPercentage(7));
    assertThat(quantile(0.975)).isCloseTo(97_500_000L, Percentage.withPercentage(7));
  }

  @Test
  void fewSamplesSayNothing() {
    record(MILLI, 99);
    assertThat(quantile(0.9)).isEqualTo(Hedges.NOT_YET);
    record(MILLI, 1);
    assertThat(quantile(0.9)).isBetween(MILLI, 17 * MILLI / 16);
  }

  @Test
  void whatIsOldIsForgottenThoughTheClockWrapsAround() {
    for (int turn = 0; turn < 6; turn++) {
      record(100 * MILLI * (turn + 1), 1000);
      now += TURN;
    }
    // The last turn but one is still there; older ones are not.
    record(700 * MILLI, 1000);
    assertThat(quantile(0.01)).isCloseTo(600 * MILLI, Percentage.withPercentage(7));
    now += 3 * TURN;
    assertThat(quantile(0.5)).isEqualTo(Hedges.NOT_YET);
  }

  @Test
  void aThreadThatIsLateByATurnWipesNothingOut() {
    for (int turn = 0; turn < 4; turn++) {
      record(10 * MILLI, 1000);
      latencies.record(10 * MILLI, now - TURN);
      assertThat(quantile(0.5)).isCloseTo(10 * MILLI, Percentage.withPercentage(7));
      now += TURN;
    }
  }
}
