package io.evenkeel.lb.strategy;

/**
 * Draws from a fixed discrete distribution in constant time: Walker's alias method, built as by M.
 * D. Vose, "A linear algorithm for generating random numbers with a given distribution" (1991).
 *
 * <p>Each column belongs to its own index up to a threshold and to one other index above it. Both
 * are in one long, threshold first, so that a draw costs one memory access. Thresholds have 32
 * bits: shares are exact to 2^-32.
 */
final class AliasTable {
  private final long[] columns;

  /**
   * @param weights at least one; each above 0 and finite
   */
  AliasTable(double[] weights) {
    int n = weights.length;
    double sum = 0;
    for (double weight : weights) {
      sum += weight;
    }
    double[] filled = new double[n];
    int[] small = new int[n];
    int[] large = new int[n];
    int smalls = 0;
    int larges = 0;
    for (int i = 0; i < n; i++) {
      filled[i] = weights[i] * n / sum;
      if (filled[i] < 1) {
        small[smalls++] = i;
      } else {
        large[larges++] = i;
      }
    }
    columns = new long[n];
    while (smalls > 0 && larges > 0) {
      int less = small[--smalls];
      int more = large[larges - 1];
      columns[less] = column(filled[less], more);
      filled[more] -= 1 - filled[less];
      if (filled[more] < 1) {
        larges--;
        small[smalls++] = more;
      }
    }
    // What is left is full, but for rounding.
    while (larges > 0) {
      int i = large[--larges];
      columns[i] = column(1, i);
    }
    while (smalls > 0) {
      int i = small[--smalls];
      columns[i] = column(1, i);
    }
  }

  private static long column(double threshold, int alias) {
    long scaled = Math.min((long) (threshold * 0x1p32), 0xffff_ffffL);
    return (scaled << 32) | alias;
  }

  /**
   * An index, given 64 random bits: the upper half picks the column, the lower the side of it. The
   * side is a coin toss that no processor can predict, so it is chosen by a mask and not by a
   * branch.
   */
  int draw(long random) {
    int index = Nodes.upper(random, columns.length);
    long column = columns[index];
    int alias = (int) column;
    int own = (int) (((random & 0xffff_ffffL) - (column >>> 32)) >> 63);
    return alias ^ ((alias ^ index) & own);
  }
}
