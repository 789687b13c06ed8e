package io.evenkeel.lb.failover;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.resilience4j.core.IntervalFunction;
import java.time.Duration;
import java.util.LongSummaryStatistics;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class BackoffTest {
  private static final Duration BASE = Duration.ofMillis(25);
  private static final Duration CAP = Duration.ofMillis(250);

  private static LongSummaryStatistics pauses(IntervalFunction backoff, int retry) {
    return LongStream.range(0, 20_000).map(i -> backoff.apply(retry)).summaryStatistics();
  }

  @Test
  void fullJitterIsAnythingUpToACeilingThatDoubles() {
    IntervalFunction backoff = Backoff.fullJitter(BASE, CAP, new SplittableRandom(1));
    long[] ceilings = {25, 50, 100, 200, 250, 250};
    for (int retry = 1; retry <= ceilings.length; retry++) {
      LongSummaryStatistics seen = pauses(backoff, retry);
      assertThat(seen.getMin()).isZero();
      assertThat(seen.getMax()).isEqualTo(ceilings[retry - 1]);
      assertThat(seen.getAverage()).isBetween(0.48 * seen.getMax(), 0.52 * seen.getMax());
    }
    assertThat(pauses(backoff, Integer.MAX_VALUE).getMax()).isEqualTo(250);
  }

  @Test
  void equalJitterIsAtLeastHalfOfThat() {
    IntervalFunction backoff = Backoff.equalJitter(BASE, CAP, new SplittableRandom(1));
    LongSummaryStatistics seen = pauses(backoff, 3);
    assertThat(seen.getMin()).isEqualTo(50);
    assertThat(seen.getMax()).isEqualTo(100);
  }

  @Test
  void decorrelatedJitterGrowsFromItselfUpToTheCap() {
    IntervalFunction backoff = Backoff.decorrelatedJitter(BASE, CAP, new SplittableRandom(1));
    LongSummaryStatistics first = pauses(backoff, 1);
    assertThat(first.getMin()).isEqualTo(25);
    assertThat(first.getMax()).isEqualTo(75);
    LongSummaryStatistics third = pauses(backoff, 3);
    assertThat(third.getMin()).isBetween(25L, 27L);
    assertThat(third.getMax()).isEqualTo(250);
    assertThat(third.getAverage()).isGreaterThan(first.getAverage());
  }

  @Test
  void aBaseAboveTheCapIsRefused() {
    Duration above = CAP;
    Duration below = BASE;
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Backoff.fullJitter(above, below, new SplittableRandom(1)))
        .withMessage("base: PT0.25S (expected: PT0.001S..PT0.025S, the cap)");
  }
}
