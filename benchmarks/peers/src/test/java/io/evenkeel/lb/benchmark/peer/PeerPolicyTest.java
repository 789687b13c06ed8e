package io.evenkeel.lb.benchmark.peer;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** That the adapters reach what they adapt. */
class PeerPolicyTest {
  private static final int ENDPOINTS = 10;
  private static final int IDLE = 3;
  private static final long MILLISECOND = 1_000_000;

  private final SplittableRandom random = new SplittableRandom(20_261_121);

  /** No request ends, or those that scan for the least would take the first each time. */
  @ParameterizedTest
  @EnumSource
  void reachesEachEndpoint(PeerPolicy policy) {
    try (Chooser chooser = policy.chooser(ENDPOINTS)) {
      int[] counts = new int[ENDPOINTS];
      for (int i = 0; i < 3000; i++) {
        int index = chooser.choose(random.nextLong());
        chooser.begun(index);
        counts[index]++;
      }
      assertThat(counts).as(Arrays.toString(counts)).doesNotContain(0);
    }
  }

  /** With as many endpoints as the benchmarks have at most, and some of them busy. */
  @ParameterizedTest
  @EnumSource
  void choosesAloneAmongAThousand(PeerPolicy policy) {
    try (Chooser chooser = policy.chooser(1000)) {
      for (int i = 0; i < 1000; i += 1 + random.nextInt(4)) {
        chooser.begun(i);
      }
      for (int i = 0; i < 200; i++) {
        assertThat(chooser.chooseAlone(random.nextLong())).isBetween(0, 999);
      }
    }
  }

  /** Not all go by weight alone at each choice, but in the long run they do. */
  @ParameterizedTest
  @EnumSource
  void goesByWeightIfItHasOne(PeerPolicy policy) {
    if (policy.trait() != PeerPolicy.Trait.WEIGHTED_ORDER) {
      return;
    }
    try (Chooser chooser = policy.chooser(ENDPOINTS)) {
      int[] counts = new int[ENDPOINTS];
      for (int i = 0; i < 5500; i++) {
        counts[run(chooser)]++;
      }
      assertThat(counts[9]).as(Arrays.toString(counts)).isBetween(850, 1150);
      assertThat(counts[0]).as(Arrays.toString(counts)).isBetween(50, 150);
    }
  }

  @ParameterizedTest
  @EnumSource
  void keepsAKeyAtItsEndpoint(PeerPolicy policy) {
    if (policy.trait() != PeerPolicy.Trait.KEY) {
      return;
    }
    try (Chooser chooser = policy.chooser(ENDPOINTS)) {
      for (int i = 0; i < 100; i++) {
        long key = random.nextLong();
        assertThat(chooser.choose(key)).isEqualTo(chooser.choose(key));
      }
    }
  }

  /** Two choices find the one idle endpoint of ten in 19 % of cases, with replacement. */
  @ParameterizedTest
  @EnumSource
  void prefersTheIdleEndpointIfItGoesByLoad(PeerPolicy policy) {
    if (policy.trait() != PeerPolicy.Trait.LOAD) {
      return;
    }
    try (Chooser chooser = policy.chooser(ENDPOINTS)) {
      for (int i = 0; i < 300; i++) {
        int index = chooser.choose(random.nextLong());
        chooser.begun(index);
        if (index == IDLE) {
          chooser.ended(index, MILLISECOND, false);
        }
      }
      for (int index = 0; index < ENDPOINTS; index++) {
        if (index != IDLE) {
          chooser.begun(index);
        }
      }
      int[] counts = new int[ENDPOINTS];
      for (int i = 0; i < 2000; i++) {
        counts[run(chooser)]++;
      }
      assertThat(counts[IDLE]).as(Arrays.toString(counts)).isGreaterThan(300);
    }
  }

  private int run(Chooser chooser) {
    int index = chooser.choose(random.nextLong());
    chooser.begun(index);
    chooser.ended(index, MILLISECOND, false);
    return index;
  }
}
