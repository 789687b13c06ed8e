package io.evenkeel.lb.strategy;

import java.util.Arrays;

/**
 * Whose bid is the highest where weights differ: the least of -ln(u) / weight.
 *
 * <p>A logarithm costs as much as dozens of bids. With b = 1 - u it is at least b, and by its
 * series no more than b + b^2/2 + b^3/3u. So the least of b / weight wins unless another comes
 * close, and only those that do need logarithms. That it looks for in whole numbers and without
 * branches, since nobody can foresee where among few nodes the least is.
 */
final class Weighting {
  /** More than a bound and a logarithm are wrong by for having been rounded. */
  private static final double ROUNDING = 1e-14;

  /** The same for products of whole numbers. */
  private static final long WHOLE_ROUNDING = 1 << 12;

  private final double[] by;

  /** The same as parts of the greatest of them, in 2^-63. */
  private final long[] parts;

  /** What makes a product of a part of 1. */
  private final double unit;

  /**
   * @param by one over the weight of each node
   */
  Weighting(double[] by) {
    this.by = by;
    double greatest = Arrays.stream(by).max().orElse(1);
    this.parts = Arrays.stream(by).mapToLong(each -> (long) (each / greatest * 0x1p63)).toArray();
    this.unit = 0x1p62 / greatest;
  }

  /** The number of the node that bids most. */
  int winner(long key, long[] hashes) {
    long[] each = parts;
    int winner = 0;
    long lowest = Long.MAX_VALUE;
    long next = Long.MAX_VALUE;
    for (int i = 0; i < hashes.length; i++) {
      long least = Math.multiplyHigh(Bids.fromHighest(Bids.bid(key, hashes[i])) >>> 1, each[i]);
      long less = least - lowest;
      long other = least - (less & (less >> 63)) - next;
      next += other & (other >> 63);
      if (less < 0) {
        lowest = least;
        winner = i;
      }
    }
    double below = Bids.below(Bids.bid(key, hashes[winner]));
    double rest = below * below * (0.5 + below / (3 * (1 - below)));
    double most = (below + rest) * by[winner] * (1 + ROUNDING);
    return most * unit < next - WHOLE_ROUNDING ? winner : byLogarithms(key, hashes, most);
  }

  /**
   * @param most what the winner's bid is no more than
   */
  private int byLogarithms(long key, long[] hashes, double most) {
    int winner = 0;
    double lowest = Double.POSITIVE_INFINITY;
    for (int i = 0; i < hashes.length; i++) {
      double below = Bids.below(Bids.bid(key, hashes[i]));
      double least = least(below, i);
      if (least <= most && least < lowest) {
        double exact = exact(below, i);
        if (exact < lowest) {
          lowest = exact;
          winner = i;
        }
      }
    }
    return winner;
  }

  /** No more than the exact one. */
  double least(double below, int node) {
    return below * by[node];
  }

  /** Strict, so that clients on all machines agree. */
  double exact(double below, int node) {
    return -StrictMath.log1p(-below) * by[node];
  }
}
