package io.evenkeel.lb.failover.gate;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.lb.Outcome;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;

/** Whatever is seen, limits stay within their bounds, and find back from the least. */
class LimitBoundsTest {
  @Property(tries = 300)
  void limitsStayWithinTheirBounds(
      @ForAll @IntRange(min = 1, max = 50) int least,
      @ForAll @IntRange(max = 500) int span,
      @ForAll @LongRange(max = Long.MAX_VALUE) long longest,
      @ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    int most = least + span;
    for (ConcurrencyLimit limit :
        new ConcurrencyLimit[] {Gradient2.of(least, most), Vegas.of(least, most)}) {
      LimitMeter meter = limit.newMeter(random);
      Outcome[] outcomes = Outcome.values();
      for (int i = 0; i < 500; i++) {
        long latency = random.nextLong(longest / 2 + 1) * (random.nextInt(3) / 2);
        meter.record(outcomes[random.nextInt(outcomes.length)], latency, random.nextInt(2 * most));
        assertThat(meter.limit()).isBetween(least, most);
      }
      for (int i = 0; i < 100; i++) {
        meter.record(Outcome.TIMEOUT, 1, most);
      }
      assertThat(meter.limit()).isEqualTo(least);
      // However long the worst was: a steady latency is normal in the end.
      for (int i = 0; i < 60_000 && meter.limit() < most; i++) {
        meter.record(Outcome.SUCCESS, 1_000_000, most);
      }
      assertThat(meter.limit()).isEqualTo(most);
    }
  }
}
