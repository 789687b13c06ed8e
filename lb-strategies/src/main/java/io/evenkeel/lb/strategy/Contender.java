package io.evenkeel.lb.strategy;

/**
 * A node that is compared with others, in one long: its load in the upper half, then a rank, then
 * its index. The least long is the winner, so a comparison takes no branch; which of two loads is
 * less is a coin toss that no processor can predict.
 *
 * <p>Doubles from 0 on are in the order of their bits. Half of the bits tell loads apart that
 * differ by a millionth. Nodes that tie are in the order of their ranks, which are drawn anew for
 * each choice by hashing the index with one random number. So each has the same chance, which
 * starting at a random index would not give: the node after a gap would inherit it.
 */
final class Contender {
  private static final long MIX = 0x9e3779b97f4a7c15L;
  private static final int INDEX_BITS = 16;
  private static final long INDEX = (1L << INDEX_BITS) - 1;
  private static final long RANK = INDEX << INDEX_BITS;
  private static final long LOAD = -1L << 32;

  private Contender() {}

  /**
   * @param load at least 0
   * @param index below 65,536: a balancer has fewer nodes
   * @param seed random, the same for all contenders of one choice
   */
  static long of(double load, int index, long seed) {
    long mixed = (seed ^ index) * MIX;
    long rank = ((mixed ^ (mixed >>> 32)) * MIX) >>> 32;
    return (Double.doubleToRawLongBits(load) & LOAD) | (rank & RANK) | index;
  }

  static int index(long contender) {
    return (int) (contender & INDEX);
  }
}
