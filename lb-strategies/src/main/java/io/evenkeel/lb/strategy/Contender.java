package io.evenkeel.lb.strategy;

import java.util.Arrays;

/**
 * A node that is compared with others, in one long: its load in the upper half, then a rank, then
 * its index. The least long is the winner, so a comparison takes no branch; which of two loads is
 * less is a coin toss that no processor can predict.
 *
 * <p>Doubles from 0 on are in the order of their bits, and NaN is after all, whatever its sign.
 * Half of the bits tell loads apart that differ by a millionth. Nodes that tie are in the order of
 * their ranks: each node has a lot, a number made by hashing its index, and each choice multiplies
 * all lots by one random odd number. So each has the same chance, which starting at a random index
 * would not give: the node after a gap would inherit it.
 */
final class Contender {
  private static final int INDEX_BITS = 16;
  private static final long INDEX = (1L << INDEX_BITS) - 1;
  private static final long RANK = INDEX << INDEX_BITS;
  private static final long LOAD = (Long.MAX_VALUE >>> 32) << 32;

  private Contender() {}

  /** The lots of so many nodes. */
  static long[] lots(int nodes) {
    long[] lots = new long[nodes];
    Arrays.setAll(lots, i -> Hashes.follower(nodes, i + 1));
    return lots;
  }

  /**
   * @param load at least 0
   * @param lot the node's lot times a random odd number, the same for all contenders of one choice
   * @param index below 65,536: a balancer has fewer nodes
   */
  static long of(double load, long lot, int index) {
    return (Double.doubleToRawLongBits(load) & LOAD) | rank(lot) | index;
  }

  /** The same for loads that are whole numbers, which are not to be mixed with others. */
  static long ofCount(int load, long lot, int index) {
    return ((long) load << 32) | rank(lot) | index;
  }

  private static long rank(long lot) {
    return (lot >>> 32) & RANK;
  }

  static int index(long contender) {
    return (int) (contender & INDEX);
  }
}
