package io.evenkeel.lb.strategy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.entry;
import static org.assertj.core.api.Assertions.within;

import io.evenkeel.lb.Endpoint;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SlowStartTest {
  private static final Endpoint A = Endpoint.builder("10.0.0.1", 1).id("a").build();
  private static final Endpoint B = Endpoint.builder("10.0.0.1", 2).id("b").build();
  private static final Endpoint C = Endpoint.builder("10.0.0.1", 3).id("c").weight(4).build();

  private final Recorder inner = new Recorder();
  private VirtualBalancer virtual = new VirtualBalancer(SlowStart.of(inner));

  @AfterEach
  void nothingFailed() {
    virtual.close();
    assertThat(virtual.faults).isEmpty();
    assertThat(virtual.scheduler.pending()).isZero();
  }

  @Test
  void theNodesOfTheFirstSetAreWarm() {
    virtual.publish(A, B, C);
    assertThat(inner.weights()).containsOnly(entry("a", 1.0), entry("b", 1.0), entry("c", 4.0));
    assertThat(virtual.scheduler.pending()).as("the sweep of leases").isEqualTo(1);
  }

  @Test
  void aSetOfNewNodesOnlyIsWarmToo() {
    virtual.publish(A, B);
    virtual.advance(Duration.ofSeconds(5));
    virtual.publish(C);
    assertThat(inner.weights()).containsOnly(entry("c", 4.0));
  }

  @Test
  void weightsGrowByTheFormula() {
    assertRamp(1, 0.167, 0.5);
    assertRamp(2, 0.408, 0.707);
  }

  private void assertRamp(double aggression, double sixth, double half) {
    virtual.close();
    virtual = new VirtualBalancer(SlowStart.builder(inner).aggression(aggression).build());
    virtual.publish(A);
    virtual.publish(A, C);
    assertThat(inner.weights()).containsOnly(entry("a", 1.0), entry("c", 0.4));
    virtual.advance(Duration.ofSeconds(5));
    virtual.publish(A, C, Endpoint.builder("10.0.0.1", 9).weight(0).build());
    assertThat(inner.weights().getOrDefault("c", 0.0) / 4).isCloseTo(sixth, within(0.0005));
    virtual.advance(Duration.ofSeconds(10));
    virtual.publish(A, C);
    assertThat(inner.weights().getOrDefault("c", 0.0) / 4).isCloseTo(half, within(0.0005));
    virtual.advance(Duration.ofSeconds(15));
    virtual.publish(A, B, C);
    assertThat(inner.weights()).containsEntry("a", 1.0).containsEntry("c", 4.0);
  }

  @Test
  void weightsGrowByThemselvesInFineStepsAndThenItIsQuiet() {
    virtual.publish(A);
    virtual.publish(A, B);
    int begun = inner.offered.size();
    double before = 0;
    for (int step = 0; step < 20; step++) {
      assertThat(inner.weights().get("b")).isBetween(before, before + 0.101);
      assertThat(inner.weights().get("b")).isCloseTo(Math.max(0.1, step / 20.0), within(1e-9));
      before = inner.weights().getOrDefault("b", 0.0);
      virtual.advance(Duration.ofMillis(1500));
    }
    assertThat(inner.weights()).containsOnly(entry("a", 1.0), entry("b", 1.0));
    assertThat(inner.offered).hasSize(begun + 20);
    assertThat(virtual.scheduler.pending()).as("the sweep of leases").isEqualTo(1);
  }

  @Test
  void stepsAreNotFinerThanATenthOfASecond() {
    virtual.close();
    virtual = new VirtualBalancer(SlowStart.builder(inner).window(Duration.ofMillis(500)).build());
    virtual.publish(A);
    virtual.publish(A, B);
    int begun = inner.offered.size();
    virtual.advance(Duration.ofMillis(99));
    assertThat(inner.offered).hasSize(begun);
    virtual.advance(Duration.ofSeconds(2));
    assertThat(inner.offered).hasSize(begun + 5);
  }

  @Test
  void aNodeThatIsAdmittedAgainRampsFromThen() {
    virtual.publish(A, B);
    virtual.advance(Duration.ofMinutes(1));
    virtual.judge(B, 0);
    assertThat(inner.weights()).containsOnly(entry("a", 1.0));
    virtual.advance(Duration.ofMinutes(1));
    virtual.judge(B, 1);
    assertThat(inner.weights()).containsOnly(entry("a", 1.0), entry("b", 0.1));
    virtual.advance(Duration.ofSeconds(15));
    assertThat(inner.weights().get("b")).isCloseTo(0.5, within(1e-9));
    // Out again halfway: it begins again.
    virtual.judge(B, 0);
    virtual.judge(B, 1);
    assertThat(inner.weights().get("b")).isCloseTo(0.1, within(1e-9));
  }

  @Test
  void aChangeOfWeightOrHealthIsNoNewStart() {
    virtual.publish(A, B);
    virtual.publish(A, B.toBuilder().weight(7).build());
    virtual.judge(A, 0.5);
    assertThat(inner.weights()).containsOnly(entry("a", 0.5), entry("b", 7.0));
  }

  @Test
  void aWeightNeverRoundsToNothing() {
    Endpoint tiny = B.toBuilder().weight(Double.MIN_VALUE).build();
    virtual.publish(A);
    virtual.publish(A, tiny, C);
    assertThat(inner.weights().get("b")).isGreaterThan(0);
    assertThat(inner.weights().get("c")).isGreaterThanOrEqualTo(0.4);
  }

  @Test
  void requestsFollowTheRamp() {
    virtual.publish(A);
    virtual.publish(A, B);
    virtual.advance(Duration.ofSeconds(15));
    double share = virtual.counts(90_000).getOrDefault("b", 0) / 90_000.0;
    assertThat(share).isCloseTo(1.0 / 3, within(0.01));
  }

  @Test
  void theInnerStrategyKeepsWhatItHadAndItsMetric() {
    virtual.publish(A);
    virtual.publish(A, B);
    virtual.advance(Duration.ofMillis(1500));
    assertThat(inner.previous.get(0)).isNull();
    assertThat(inner.previous.subList(1, 3)).isEqualTo(inner.made.subList(0, 2));
    assertThat(SlowStart.of(inner).loadMetric()).isSameAs(inner.loadMetric());
  }

  @Test
  void settingsArePrintedAndOnesOutOfRangeRefused() {
    assertThat(SlowStart.of(RoundRobin.of()))
        .hasToString("SlowStart[window=PT30S, aggression=1.0, inner=RoundRobin]");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> SlowStart.builder(inner).window(Duration.ofMillis(99)))
        .withMessage("window: PT0.099S (expected: PT0.1S..PT24H)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> SlowStart.builder(inner).aggression(Double.NaN))
        .withMessage("aggression: NaN (expected: 0.1..100)");
  }
}
