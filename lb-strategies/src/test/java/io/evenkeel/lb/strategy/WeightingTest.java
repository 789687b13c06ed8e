package io.evenkeel.lb.strategy;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who bids most by bounds of the logarithm is who does by the logarithm itself. */
class WeightingTest {
  /** What times the multiplier of bids is 1. */
  private static final long INVERSE = inverse(0xd6e8feb86659fd93L);

  private final SplittableRandom random = new SplittableRandom(42);

  /** Of all nodes, without any short cut. */
  private static int byLogarithms(long key, long[] hashes, double[] by) {
    int winner = 0;
    double lowest = Double.POSITIVE_INFINITY;
    for (int i = 0; i < hashes.length; i++) {
      double cost = cost(Bids.below(Bids.bid(key, hashes[i]))) * by[i];
      if (cost < lowest) {
        lowest = cost;
        winner = i;
      }
    }
    return winner;
  }

  private static double cost(double below) {
    return -StrictMath.log1p(-below);
  }

  private static long inverse(long odd) {
    long inverse = odd;
    for (int i = 0; i < 5; i++) {
      inverse *= 2 - odd * inverse;
    }
    return inverse;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 10, 100})
  void ofAnyWeights(int nodes) {
    long[] hashes = random.longs(nodes).toArray();
    for (double spread : new double[] {1.001, 10, 1e6}) {
      double[] by = random.doubles(nodes).map(each -> Math.pow(spread, 2 * each - 1)).toArray();
      for (int i = 0; i < 20_000; i++) {
        long key = random.nextLong();
        assertThat(new Weighting(by).winner(key, hashes)).isEqualTo(byLogarithms(key, hashes, by));
      }
    }
  }

  /** By weights that make bids equal but for the last digits. */
  @ParameterizedTest
  @ValueSource(doubles = {0, 1e-16, 3e-16, 1e-15, 1e-14, 1e-13, 1e-10, 1e-5, 0.01})
  void whereTheyHardlyDiffer(double difference) {
    for (int i = 0; i < 20_000; i++) {
      long key = random.nextLong();
      long[] hashes = random.longs(3).toArray();
      double[] by = new double[hashes.length];
      for (int node = 0; node < by.length; node++) {
        double cost = cost(Bids.below(Bids.bid(key, hashes[node])));
        by[node] = (1 + difference * random.nextInt(-2, 3)) / cost;
      }
      assertThat(new Weighting(by).winner(key, hashes)).isEqualTo(byLogarithms(key, hashes, by));
    }
  }

  /**
   * Where the series is over after a term or two, so that bounds are as wrong as their rounding.
   */
  @ParameterizedTest
  @ValueSource(ints = {20, 40, 52})
  void whereBidsAreHigh(int zeros) {
    for (int i = 0; i < 20_000; i++) {
      long key = random.nextLong();
      long[] hashes = new long[3];
      double[] by = new double[hashes.length];
      for (int node = 0; node < by.length; node++) {
        hashes[node] = hashThatBids(key, Long.MAX_VALUE - (random.nextLong() >>> (zeros + 1)));
        double below = Bids.below(Bids.bid(key, hashes[node]));
        assertThat(below).isLessThan(0x1p-19);
        by[node] = 1 / cost(below) + random.nextInt(-1, 2) * Math.ulp(1 / cost(below));
      }
      assertThat(new Weighting(by).winner(key, hashes)).isEqualTo(byLogarithms(key, hashes, by));
    }
  }

  /** Every step of a bid can be undone. */
  private static long hashThatBids(long key, long bid) {
    long mixed = bid * INVERSE;
    return ((mixed ^ (mixed >>> 32)) * INVERSE) ^ key;
  }
}
