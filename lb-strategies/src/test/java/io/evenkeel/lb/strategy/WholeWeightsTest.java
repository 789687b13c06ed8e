package io.evenkeel.lb.strategy;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class WholeWeightsTest {
  @Test
  void weightsInProportionAreTheSameWholeWeights() {
    assertThat(WholeWeights.of(new double[] {1, 1, 1})).containsExactly(1, 1, 1);
    assertThat(WholeWeights.of(new double[] {200, 100})).containsExactly(2, 1);
    assertThat(WholeWeights.of(new double[] {0.1, 0.2})).containsExactly(1, 2);
    assertThat(WholeWeights.of(new double[] {0.000001, 1})).containsExactly(1, 1_000_000);
  }

  @Test
  void noWeightRoundsToNothing() {
    int[] whole = WholeWeights.of(new double[] {1, 1e9, Double.MIN_NORMAL});
    assertThat(whole[0]).isEqualTo(1);
    assertThat(whole[2]).isEqualTo(1);
  }

  @Test
  void weightsThatAreNotWholeKeepTheirProportion() {
    double[] weights = {Math.PI, Math.E, Math.sqrt(2)};
    int[] whole = WholeWeights.of(weights);
    assertThat((double) whole[0] / whole[1])
        .isBetween(weights[0] / weights[1] - 1e-7, weights[0] / weights[1] + 1e-7);
  }

  @Test
  void theSumFitsAnIntForTheLargestSet() {
    double[] weights = new SplittableRandom(1).doubles(50_000, 0, 1e9).toArray();
    weights[0] = 1e-300;
    long sum = Arrays.stream(WholeWeights.of(weights)).asLongStream().sum();
    assertThat(sum).isBetween(1L, (long) Integer.MAX_VALUE);
  }

  @Test
  void theEvenStepVisitsEverySlot() {
    for (int sum = 1; sum < 2_000; sum++) {
      int step = WholeWeights.evenStep(sum);
      boolean[] seen = new boolean[sum];
      int slot = 0;
      for (int i = 0; i < sum; i++) {
        seen[slot] = true;
        slot = (slot + step) % sum;
      }
      assertThat(seen).as("sum %d, step %d", sum, step).doesNotContain(false);
      assertThat(step).isBetween(1, sum);
    }
  }
}
