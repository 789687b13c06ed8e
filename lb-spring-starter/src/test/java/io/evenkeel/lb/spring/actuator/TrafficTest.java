package io.evenkeel.lb.spring.actuator;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.testkit.FakeTicker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;

class TrafficTest {
  private final FakeTicker ticker = new FakeTicker();
  private final Traffic.Clock clock = new Traffic.Clock(ticker);
  private final Traffic traffic = new Traffic(clock);

  @Test
  void spansAreSummedUpAndForgotten() {
    for (int span = 0; span < 100; span++) {
      for (int i = 0; i <= span; i++) {
        traffic.ended(i == 0 ? Outcome.FAILURE : Outcome.SUCCESS, 1_000_000);
      }
      ticker.advance(Duration.ofSeconds(Traffic.SPAN_SECONDS));
    }
    assertThat(clock.span()).isEqualTo(100);
    assertThat(traffic.before(100, 1).requests()).isEqualTo(100);
    assertThat(traffic.before(100, 12).requests()).isEqualTo(12 * 89 + 66);
    assertThat(traffic.before(100, 12).failures()).isEqualTo(12);
    assertThat(traffic.requests()).isEqualTo(5050);
    assertThat(traffic.failures()).isEqualTo(100);
    for (int span = 41; span < 100; span++) {
      Span.Point point = requireNonNull(traffic.point(span));
      assertThat(point.requests()).as("span %s", span).isEqualTo(span + 1);
      assertThat(point.p99Nanos()).isCloseTo(1e6, Percentage.withPercentage(13));
    }
    assertThat(traffic.point(20)).isNull();

    ticker.advance(Duration.ofMinutes(10));
    assertThat(traffic.before(clock.span(), 12).requests()).isZero();
    assertThat(traffic.before(clock.span(), 12).p99Nanos()).isNaN();
    assertThat(traffic.point(clock.span() - 1)).isNull();
  }

  @Test
  void whatIsUnderWayIsNotInTheSum() {
    traffic.ended(Outcome.SUCCESS, 1);
    assertThat(traffic.before(0, 12).requests()).isZero();
    ticker.advance(Duration.ofSeconds(Traffic.SPAN_SECONDS));
    traffic.ended(Outcome.SUCCESS, 1);
    assertThat(traffic.before(1, 12).requests()).isEqualTo(1);
  }

  @Test
  void quantilesAreOffByAnEighthAtMost() {
    Random random = new Random(7);
    List<Double> latencies = new ArrayList<>();
    for (int i = 0; i < 20_000; i++) {
      long nanos = (long) (1e4 * Math.exp(6 * random.nextDouble()));
      latencies.add((double) nanos);
      traffic.ended(Outcome.SUCCESS, nanos);
    }
    ticker.advance(Duration.ofSeconds(Traffic.SPAN_SECONDS));
    Traffic.Sum sum = traffic.before(1, 1);
    latencies.sort(null);
    assertThat(sum.p50Nanos()).isCloseTo(latencies.get(10_000), Percentage.withPercentage(12.5));
    assertThat(sum.p99Nanos()).isCloseTo(latencies.get(19_800), Percentage.withPercentage(12.5));
  }

  @Test
  void bucketsAscendFromNothingToTheLongest() {
    int before = 0;
    for (long nanos = 0; nanos < 1L << 61; nanos += 1 + nanos / 3) {
      int bucket = Latencies.bucket(nanos);
      assertThat(bucket).isBetween(before, Latencies.BUCKETS - 1);
      before = bucket;
    }
    assertThat(before).isEqualTo(Latencies.BUCKETS - 1);
    long[] one = new long[Latencies.BUCKETS];
    one[Latencies.bucket(0)] = 1;
    assertThat(Latencies.quantile(one, 0.5)).isCloseTo(0, within(1000.0));
    assertThat(Latencies.quantile(new long[Latencies.BUCKETS], 0.5)).isNaN();
  }

  @Test
  void whatWasCancelledHasNoLatency() {
    traffic.ended(Outcome.CANCELLED, 1_000_000_000);
    ticker.advance(Duration.ofSeconds(Traffic.SPAN_SECONDS));
    assertThat(traffic.before(1, 1).requests()).isEqualTo(1);
    assertThat(traffic.before(1, 1).failures()).isZero();
    assertThat(traffic.before(1, 1).p50Nanos()).isNaN();
  }

  @Test
  void nothingIsLostWhereThreadsMeetAtANewSpan() throws Exception {
    int threads = 4;
    int each = 20_000;
    Thread[] all = new Thread[threads];
    for (int t = 0; t < threads; t++) {
      all[t] =
          new Thread(
              () -> {
                for (int i = 0; i < each; i++) {
                  traffic.ended(Outcome.SUCCESS, i);
                }
              });
    }
    Arrays.stream(all).forEach(Thread::start);
    for (Thread thread : all) {
      thread.join();
    }
    ticker.advance(Duration.ofSeconds(Traffic.SPAN_SECONDS));
    assertThat(traffic.before(1, 1).requests()).isEqualTo((long) threads * each);
    assertThat(traffic.requests()).isEqualTo((long) threads * each);
  }
}
