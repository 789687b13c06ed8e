package io.evenkeel.lb.strategy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class WeightedRoundRobinTest {
  @Test
  void weightsFiveOneOneInterleaveAsInNginx() {
    String cycle =
        Arrays.stream(Choices.sequence(WeightedRoundRobin.of(), 1, 7, 5, 1, 1))
            .mapToObj(node -> String.valueOf((char) ('a' + node)))
            .collect(Collectors.joining());
    // The start is random, so any rotation will do, and b and c weigh the same.
    assertThat("aabacaa".repeat(2) + ' ' + "aacabaa".repeat(2)).contains(cycle);
  }

  @Test
  void anyCycleGivesEachNodeExactlyItsWeight() {
    double[][] cases = {
      {1}, {1, 1}, {5, 1, 1}, {3, 2, 7, 1}, {100, 1}, {9973, 10007}, {0.5, 1.5, 0.25}, {2, 4, 6}
    };
    int[] cycles = {1, 2, 7, 13, 101, 19_980, 9, 6};
    for (int i = 0; i < cases.length; i++) {
      double[] weights = cases[i];
      int cycle = cycles[i];
      double sum = Arrays.stream(weights).sum();
      int[] sequence = Choices.sequence(WeightedRoundRobin.of(), i, 2 * cycle, weights);
      for (int from = 0; from <= cycle; from += 1 + cycle / 50) {
        int[] counts = new int[weights.length];
        Arrays.stream(sequence, from, from + cycle).forEach(node -> counts[node]++);
        for (int node = 0; node < weights.length; node++) {
          assertThat((double) counts[node]).isCloseTo(weights[node] / sum * cycle, within(1e-9));
        }
      }
    }
  }

  @Test
  void cyclesAreExactForAnyNumberOfThreads() throws Exception {
    for (int threads : new int[] {1, 8, 32}) {
      int each = 15 * 1_000;
      int[] counts = Choices.countsOfThreads(WeightedRoundRobin.of(), threads, each, 1, 2, 3, 4, 5);
      assertThat(counts)
          .containsExactly(
              1_000 * threads, 2_000 * threads, 3_000 * threads, 4_000 * threads, 5_000 * threads);
    }
  }

  @Test
  void noNodeIsMoreThanAFewTurnsAheadOrBehind() {
    SplittableRandom random = new SplittableRandom(3);
    for (int trial = 0; trial < 100; trial++) {
      double[] weights = random.ints(2 + random.nextInt(20), 1, 100).mapToDouble(w -> w).toArray();
      double sum = Arrays.stream(weights).sum();
      int[] sequence = Choices.sequence(WeightedRoundRobin.of(), trial, 3_000, weights);
      int[] counts = new int[weights.length];
      for (int i = 0; i < sequence.length; i++) {
        counts[sequence[i]]++;
        int node = sequence[i];
        double due = (i + 1) * weights[node] / sum;
        assertThat(counts[node] - due)
            .as("node %d of %s after %d", node, Arrays.toString(weights), i + 1)
            .isBetween(-3.0, 3.0);
      }
    }
  }

  @Test
  void aFreshBalancerDoesNotBeginWithTheHeaviest() {
    int first = 0;
    for (int seed = 0; seed < 1_000; seed++) {
      first += Choices.sequence(WeightedRoundRobin.of(), seed, 1, 2, 1, 1)[0] == 0 ? 1 : 0;
    }
    assertThat(first).isBetween(400, 600);
  }
}
