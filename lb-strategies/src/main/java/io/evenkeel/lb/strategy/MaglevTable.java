package io.evenkeel.lb.strategy;

import java.util.Arrays;

/** The table of {@link Maglev}: which node has each slot. */
final class MaglevTable {
  private static final char FREE = Character.MAX_VALUE;

  private MaglevTable() {}

  /**
   * Each node has an order of its own in which it wants the slots, and takes the first that is free
   * when it has its turn. The heaviest has a turn in each round, others in proportion.
   *
   * @param slots a prime, so that every step visits them all
   */
  static char[] fill(long[] hashes, double[] weights, int slots) {
    int nodes = hashes.length;
    Expect.that(nodes <= slots, "nodes", nodes, "<= " + slots + " slots");
    int[] wanted = new int[nodes];
    int[] steps = new int[nodes];
    for (int i = 0; i < nodes; i++) {
      wanted[i] = (int) Long.remainderUnsigned(hashes[i], slots);
      steps[i] = 1 + (int) Long.remainderUnsigned(Hashes.mix(hashes[i]), slots - 1L);
    }
    double heaviest = Arrays.stream(weights).max().orElse(1);
    double[] turns = new double[nodes];
    char[] table = new char[slots];
    Arrays.fill(table, FREE);
    int taken = 0;
    while (true) {
      for (int i = 0; i < nodes; i++) {
        turns[i] += weights[i] / heaviest;
        if (turns[i] >= 1) {
          turns[i]--;
          int slot = wanted[i];
          while (table[slot] != FREE) {
            slot = next(slot, steps[i], slots);
          }
          table[slot] = (char) i;
          wanted[i] = next(slot, steps[i], slots);
          if (++taken == slots) {
            return table;
          }
        }
      }
    }
  }

  private static int next(int slot, int step, int slots) {
    int next = slot + step;
    return next < slots ? next : next - slots;
  }
}
