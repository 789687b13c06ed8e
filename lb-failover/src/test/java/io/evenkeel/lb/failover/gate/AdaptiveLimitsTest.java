package io.evenkeel.lb.failover.gate;

import static io.evenkeel.lb.failover.gate.Fixture.endpoint;
import static io.evenkeel.lb.failover.gate.Fixture.node;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.Node;
import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.failover.gate.AdaptiveLimits.EndpointLimit;
import io.evenkeel.lb.testkit.Allocations;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class AdaptiveLimitsTest {
  private static final long MILLI = 1_000_000;
  private static final long MICRO = 1_000;

  private static LimitMeter meter(ConcurrencyLimit limit) {
    return limit.newMeter(new SplittableRandom(42));
  }

  /** The limit after as many samples of one latency. */
  private static int after(LimitMeter meter, int count, long nanos, int inFlight) {
    for (int i = 0; i < count; i++) {
      meter.record(Outcome.SUCCESS, nanos, inFlight);
    }
    return meter.limit();
  }

  static Stream<ConcurrencyLimit> limits() {
    return Stream.of(Gradient2.of(), Vegas.of(20, 200));
  }

  @Test
  void gradientFollowsItsFormula() {
    LimitMeter meter = meter(Gradient2.of());
    double expected = 20;
    double usual = 0;
    double present = 0;
    long[] latencies = {
      10, 12, 9, 10, 30, 10, 14, 80, 10, 10, 10, 25, 400, 11, 3, 3, 3, 3, 3, 3, 40, 30, 20
    };
    for (int i = 0; i < latencies.length; i++) {
      present += Math.max(2.0 / 11, 1.0 / (i + 1)) * (latencies[i] - present);
      usual += (i < 10 ? 1.0 / (i + 1) : 2.0 / 601 / 20) * (latencies[i] - usual);
      double gradient = Math.max(0.5, Math.min(1, 1.5 * usual / present));
      expected = 0.8 * expected + 0.2 * (gradient * expected + 4);
      expected = Math.max(20, Math.min(200, expected));
      assertThat(after(meter, 1, latencies[i] * MICRO, 200))
          .as("after sample %d", i)
          .isEqualTo((int) expected);
    }
    assertThat(meter.limit()).isGreaterThan(20);
  }

  /** The usual latency is what it takes for 1.5 times that to let the limit grow. */
  @Test
  void whatIsUsualMovesSlowlyWhileTheLimitIsUsed() {
    LimitMeter unused = meter(Gradient2.of());
    LimitMeter used = meter(Gradient2.of());
    after(unused, 100, 10 * MILLI, 200);
    after(used, 100, 10 * MILLI, 200);
    after(unused, 600, 20 * MILLI, 0);
    after(used, 600, 20 * MILLI, 200);
    int before = unused.limit();
    assertThat(after(unused, 20, 20 * MILLI, 200)).isGreaterThan(before);
    assertThat(used.limit()).isLessThan(40);
    assertThat(after(used, 20 * 600, 20 * MILLI, 200)).isGreaterThan(100);
  }

  @Test
  void afterAnOverloadWhatWasUsualIsSoonForgotten() {
    LimitMeter meter = meter(Gradient2.of());
    after(meter, 100, 100 * MILLI, 200);
    int before = after(meter, 60, 10 * MILLI, 0);
    assertThat(after(meter, 20, 60 * MILLI, 200)).isLessThan(before);
  }

  /** Slow queries and lost packets are no overload. */
  @Test
  void fewThatTakeTooLongDoNotHoldTheLimitDown() {
    LimitMeter meter = meter(Gradient2.of());
    after(meter, 100, 10 * MILLI, 100);
    for (int i = 1; i <= 5000; i++) {
      meter.record(i % 100 == 0 ? Outcome.TIMEOUT : Outcome.SUCCESS, 10 * MILLI, 100);
    }
    assertThat(meter.limit()).isGreaterThan(150);
  }

  @Test
  void gradientGrowsByTheQueueWhileLatencyIsSteady() {
    LimitMeter meter = meter(Gradient2.of());
    assertThat(after(meter, 10, 10 * MILLI, 100)).isEqualTo(28);
    assertThat(after(meter, 1000, 10 * MILLI, 200)).isEqualTo(200);
    assertThat(after(meter, 20, 100 * MILLI, 200)).isLessThan(60);
  }

  @ParameterizedTest
  @MethodSource("limits")
  void itStaysWhileLessThanHalfIsUsed(ConcurrencyLimit limit) {
    LimitMeter meter = meter(limit);
    assertThat(after(meter, 500, 10 * MILLI, 9)).isEqualTo(20);
    assertThat(after(meter, 500, 10 * MILLI, 12)).isGreaterThan(20);
  }

  @ParameterizedTest
  @MethodSource("limits")
  void whatIsBelowAHundredMicrosecondsIsNotLost(ConcurrencyLimit limit) {
    LimitMeter meter = meter(limit);
    int before = after(meter, 100, 20 * MICRO, 200);
    assertThat(before).isGreaterThan(60);
    assertThat(after(meter, 30, 90 * MICRO, 200)).isLessThan(before * 3 / 4);
  }

  @ParameterizedTest
  @MethodSource("limits")
  void overloadTakesATenthOffAndOtherFailuresSayNothing(ConcurrencyLimit limit) {
    LimitMeter meter = meter(limit);
    assertThat(after(meter, 1000, 10 * MILLI, 200)).isEqualTo(200);
    for (Outcome outcome : List.of(Outcome.CANCELLED, Outcome.FAILURE, Outcome.UNREACHABLE)) {
      for (int i = 0; i < 100; i++) {
        meter.record(outcome, 1, 200);
      }
    }
    assertThat(meter.limit()).isEqualTo(200);
    meter.record(Outcome.TIMEOUT, MILLI, 200);
    assertThat(meter.limit()).isEqualTo(180);
    meter.record(Outcome.REJECTED, 0, 200);
    assertThat(meter.limit()).isEqualTo(162);
    for (int i = 0; i < 100; i++) {
      meter.record(Outcome.REJECTED, 0, 200);
    }
    assertThat(meter.limit()).isEqualTo(20);
    // A fast failure has not been taken for a fast endpoint: the limit finds back.
    assertThat(after(meter, 1000, 10 * MILLI, 200)).isEqualTo(200);
  }

  @Test
  void vegasGoesByTheQueueThatTheLatencyShows() {
    LimitMeter meter = meter(Vegas.of(1, 1000));
    after(meter, 2, 10 * MILLI, 1000);
    double step = Math.log10(20);
    double expected = 20 + 6 * step;
    assertThat(meter.limit()).isEqualTo((int) expected);
    // Of 27 a quarter waits: more than three steps and less than six.
    assertThat(after(meter, 10, 13_300_000, 1000)).isEqualTo((int) expected);
    assertThat((double) after(meter, 1, 20 * MILLI, 1000))
        .isCloseTo(expected - Math.log10(expected), within(1.0));
    assertThat(after(meter, 200, 20 * MILLI, 1000)).isBetween(8, 20);
  }

  @Test
  void vegasForgetsTheLeastLatencyInTime() {
    LimitMeter meter = meter(Vegas.of(1, 1000));
    after(meter, 100, MILLI, 1000);
    int slow = after(meter, 400, 10 * MILLI, 1000);
    assertThat(slow).isLessThan(100);
    assertThat(after(meter, 20_000, 10 * MILLI, 1000)).isGreaterThan(500);
  }

  @Test
  void boundsAreChecked() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Gradient2.of(0, 5))
        .withMessage("least: 0 (expected: 1..1000000)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Vegas.of(6, 5))
        .withMessage("most: 5 (expected: 6..1000000)");
    assertThat(meter(Gradient2.of(30, 40)).limit()).isEqualTo(30);
    assertThat(meter(Vegas.of(1, 10)).limit()).isEqualTo(10);
    assertThat(AdaptiveLimits.ofDefaults()).hasToString("AdaptiveLimits[Gradient2[20..200]]");
  }

  @Test
  void noRequestBeginsBeyondTheLimit() {
    AdaptiveLimits limits = AdaptiveLimits.of(Gradient2.of(3, 3));
    Fixture fixture = new Fixture(limits);
    Balancer balancer = fixture.balancer(2);
    Node node = node(balancer, 1);
    List<Long> begun = List.of(fixture.begin(node), fixture.begin(node), fixture.begin(node));
    assertThat(fixture.isRefused(node)).isTrue();
    assertThat(limits.limits())
        .containsExactly(
            new EndpointLimit("orders", endpoint(1), 3, 3),
            new EndpointLimit("orders", endpoint(2), 3, 0));
    begun.forEach(stamp -> fixture.end(node, stamp, Outcome.CANCELLED));
    assertThat(fixture.isRefused(node)).isFalse();
    fixture.publish(1);
    assertThat(limits.limits()).hasSize(1);
    balancer.close();
    assertThat(limits.limits()).isEmpty();
  }

  @Test
  @Timeout(60)
  void theLimitIsStrictUnderRaces() throws Exception {
    Fixture fixture = new Fixture(AdaptiveLimits.of(Gradient2.of(3, 3)));
    Node node = node(fixture.balancer(1), 1);
    AtomicInteger inside = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    Thread[] workers = new Thread[4];
    for (int t = 0; t < workers.length; t++) {
      workers[t] =
          new Thread(
              () -> {
                for (int i = 0; i < 200_000; i++) {
                  long one = node.begin();
                  long two = node.begin();
                  int now =
                      inside.addAndGet(
                          (one != Node.REFUSED ? 1 : 0) + (two != Node.REFUSED ? 1 : 0));
                  most.accumulateAndGet(now, Math::max);
                  for (long stamp : new long[] {one, two}) {
                    if (stamp != Node.REFUSED) {
                      inside.decrementAndGet();
                      node.end(stamp, Outcome.SUCCESS);
                    }
                  }
                }
              });
      workers[t].start();
    }
    for (Thread worker : workers) {
      worker.join();
    }
    assertThat(most.get()).isEqualTo(3);
    assertThat(node.inFlight()).isZero();
  }

  @ParameterizedTest
  @MethodSource("limits")
  void nothingIsAllocated(ConcurrencyLimit limit) {
    Fixture fixture = new Fixture(AdaptiveLimits.of(limit));
    Node node = node(fixture.balancer(1), 1);
    for (int i = 0; i < 12; i++) {
      fixture.begin(node);
    }
    Outcome[] outcomes = Outcome.values();
    int[] turn = new int[1];
    Allocations.assertNone(
        "begin and end",
        () -> {
          long stamp = node.begin();
          fixture.ticker.advance(turn[0] & 1023);
          node.end(stamp, outcomes[turn[0]++ % outcomes.length]);
        });
  }
}
