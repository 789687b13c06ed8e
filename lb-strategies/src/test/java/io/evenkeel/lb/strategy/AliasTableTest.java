package io.evenkeel.lb.strategy;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class AliasTableTest {
  @Test
  void sharesAreTheWeightsToTheLastOfTheirBits() {
    SplittableRandom random = new SplittableRandom(9);
    for (int trial = 0; trial < 100; trial++) {
      double[] weights = random.doubles(1 + random.nextInt(40), 1e-6, 1).toArray();
      if (trial % 3 == 0) {
        weights[0] = 1_000;
      }
      double sum = Arrays.stream(weights).sum();
      double[] shares = shares(new AliasTable(weights), weights.length);
      for (int i = 0; i < weights.length; i++) {
        assertThat(shares[i]).isBetween(weights[i] / sum - 1e-8, weights[i] / sum + 1e-8);
      }
    }
  }

  /** Reads the distribution out of the table: finds each column's threshold by bisection. */
  private static double[] shares(AliasTable table, int n) {
    double[] shares = new double[n];
    for (int column = 0; column < n; column++) {
      long upper = (((long) column << 32) / n + 1) << 32;
      long low = 0;
      long high = 1L << 32;
      while (low < high) {
        long middle = (low + high) >>> 1;
        if (table.draw(upper | middle) == column) {
          low = middle + 1;
        } else {
          high = middle;
        }
      }
      double own = low * 0x1p-32;
      shares[column] += own / n;
      if (own < 1) {
        shares[table.draw(upper | 0xffff_ffffL)] += (1 - own) / n;
      }
    }
    return shares;
  }
}
