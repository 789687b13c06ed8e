package io.evenkeel.lb.report;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class LatencyByLoadTest {
  private final LatencyByLoad latency = new LatencyByLoad();

  @Test
  void nothingIsKnownBeforeTheFirstRequest() {
    assertThat(latency.nanos(0)).isZero();
    assertThat(latency.nanos(100)).isZero();
  }

  @Test
  void requestsThatFoundAsManyTellHowLongOneTakes() {
    for (int i = 0; i < 200; i++) {
      latency.add(1, 1_000);
      latency.add(6, 5_000);
    }
    assertThat(latency.nanos(0)).isEqualTo(1_000);
    assertThat(latency.nanos(1)).isEqualTo(1_000);
    assertThat(latency.nanos(4)).isEqualTo(5_000);
    assertThat(latency.nanos(7)).isEqualTo(5_000);
  }

  @Test
  void whereNoneFoundAsManyItIsReckonedFromFewer() {
    latency.add(1, 1_000);
    assertThat(latency.nanos(2)).isEqualTo(2_000);
    assertThat(latency.nanos(9)).isEqualTo(8_000);
  }

  @Test
  void whereNoneFoundAsFewItIsThatOfMore() {
    latency.add(5, 7_000);
    assertThat(latency.nanos(1)).isEqualTo(7_000);
  }

  @Test
  void theMeanFollowsWhatIsRecent() {
    for (int i = 0; i < 100; i++) {
      latency.add(1, 1_000);
    }
    for (int i = 0; i < 16; i++) {
      latency.add(1, 2_000);
    }
    assertThat(latency.nanos(1)).isBetween(1_600L, 1_680L);
  }
}
