package io.evenkeel.lb.strategy;

import io.evenkeel.lb.Node;
import org.jspecify.annotations.Nullable;

/**
 * Finds which of n adjoining intervals a slot lies in: an indexed search (Chen and Asau, "On
 * generating random variates from an empirical distribution", 1974). The slots are cut into
 * stretches of equal length. Of a stretch that lies in one interval a table holds the node; of
 * others a guide holds the first interval, and the rest is a binary search among those of the
 * stretch.
 *
 * <p>There are at least 4 n stretches, or as many as slots, so over all slots the search takes 1/4
 * step on average, whatever the lengths; and thousands of them, so that it is rare where there are
 * few intervals.
 */
final class SlotTable {
  /** Up to how many stretches there are, however few intervals: 64 KB of nodes. */
  private static final int STRETCHES = 1 << 14;

  private final Node[] nodes;
  private final int[] ends;
  private final int[] guide;
  private final @Nullable Node[] sole;
  private final int shift;

  /**
   * @param nodes whose intervals they are
   * @param lengths of each, at least one, each at least 1, with a sum below 2^31
   */
  SlotTable(Node[] nodes, int[] lengths) {
    this.nodes = nodes;
    ends = new int[lengths.length];
    int sum = 0;
    for (int i = 0; i < lengths.length; i++) {
      sum += lengths[i];
      ends[i] = sum;
    }
    int bits = 0;
    while ((sum - 1) >>> bits >= Math.max(STRETCHES, 8L * lengths.length)) {
      bits++;
    }
    shift = bits;
    int stretches = ((sum - 1) >>> shift) + 1;
    guide = new int[stretches + 1];
    sole = new Node[stretches];
    int interval = 0;
    for (int stretch = 0; stretch < stretches; stretch++) {
      int first = stretch << shift;
      while (ends[interval] <= first) {
        interval++;
      }
      guide[stretch] = interval;
      long end = Math.min(first + (1L << shift), sum);
      sole[stretch] = end <= ends[interval] ? nodes[interval] : null;
    }
    guide[stretches] = lengths.length - 1;
  }

  /** How many slots there are. */
  int size() {
    return ends[ends.length - 1];
  }

  /** The node whose interval a slot from 0 to size - 1 lies in. */
  Node owner(int slot) {
    Node one = sole[slot >>> shift];
    return one != null ? one : nodes[interval(slot)];
  }

  /** The index of that interval. */
  int interval(int slot) {
    int stretch = slot >>> shift;
    int low = guide[stretch];
    int high = guide[stretch + 1];
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (ends[middle] <= slot) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }
}
