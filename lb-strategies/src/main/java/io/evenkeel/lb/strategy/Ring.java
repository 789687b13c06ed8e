package io.evenkeel.lb.strategy;

import java.util.Arrays;

/**
 * Points on a circle of 2^63, in order, each with its owner in the lowest 16 bits; a balancer has
 * fewer nodes. The top bits of a key lead to the first point of its stretch; there are about as
 * many stretches as points, so the point sought is one step further on average. The same stretches
 * sort the points when the ring is made, in linear time.
 */
final class Ring {
  private static final int OWNER_BITS = 16;
  private static final long OWNER = (1L << OWNER_BITS) - 1;
  private static final int CIRCLE_BITS = 63;
  private static final int MOST_POINTS = 1 << 24;

  /** How many points of a stretch are compared without a branch. */
  private static final int AT_ONCE = 4;

  /** The last ones are beyond the circle, to be compared with. */
  private final long[] points;

  private final int size;

  /** The first point of each stretch, and of one more. */
  private final int[] firsts;

  private final int shift;

  /**
   * @param hashes of the nodes
   * @param weights of the nodes, above 0
   * @param perWeight how many points a node has for each unit of its weight
   */
  Ring(long[] hashes, double[] weights, double perWeight) {
    int[] counts = counts(weights, perWeight);
    size = Arrays.stream(counts).sum();
    int bits = Math.max(1, 31 - Integer.numberOfLeadingZeros(size - 1));
    shift = CIRCLE_BITS - bits;
    long[] unsorted = new long[size];
    firsts = new int[(1 << bits) + 1];
    int filled = 0;
    for (int i = 0; i < hashes.length; i++) {
      for (int point = 0; point < counts[i]; point++) {
        long at = ((Hashes.follower(hashes[i], point) >>> 1) & ~OWNER) | i;
        unsorted[filled++] = at;
        firsts[(int) (at >>> shift) + 1]++;
      }
    }
    for (int i = 1; i < firsts.length; i++) {
      firsts[i] += firsts[i - 1];
    }
    points = sorted(unsorted);
  }

  /** At least one for each node; half of them, and half of that, where there would be too many. */
  private static int[] counts(double[] weights, double perWeight) {
    double sum = Arrays.stream(weights).sum();
    double scale = perWeight;
    while (sum * scale > MOST_POINTS && scale * sum > weights.length) {
      scale /= 2;
    }
    int[] counts = new int[weights.length];
    for (int i = 0; i < weights.length; i++) {
      counts[i] = (int) Math.max(1, Math.round(weights[i] * scale));
    }
    return counts;
  }

  /** Into their stretches, and then each stretch, of one point on average, by insertion. */
  private long[] sorted(long[] unsorted) {
    long[] sorted = new long[unsorted.length + AT_ONCE];
    Arrays.fill(sorted, unsorted.length, sorted.length, Long.MAX_VALUE);
    int[] ends = Arrays.copyOf(firsts, firsts.length);
    for (long point : unsorted) {
      int stretch = (int) (point >>> shift);
      int at = ends[stretch]++;
      for (; at > firsts[stretch] && sorted[at - 1] > point; at--) {
        sorted[at] = sorted[at - 1];
      }
      sorted[at] = point;
    }
    return sorted;
  }

  private static int before(long point, long at) {
    return (int) ((point - at) >>> 63);
  }

  int size() {
    return size;
  }

  /** The place of the first point from a key on. */
  int place(long key) {
    long at = key >>> 1;
    long[] sorted = points;
    int first = firsts[(int) (at >>> shift)];
    int place =
        first
            + before(sorted[first], at)
            + before(sorted[first + 1], at)
            + before(sorted[first + 2], at)
            + before(sorted[first + 3], at);
    if (place == first + AT_ONCE) {
      while (sorted[place] < at) {
        place++;
      }
    }
    return place < size ? place : 0;
  }

  /** Whose point is at a place. */
  int owner(int place) {
    return (int) (points[place] & OWNER);
  }

  /** Which share of the circle each node has. */
  double[] shares(int nodes) {
    double[] shares = new double[nodes];
    long last = points[size - 1];
    shares[owner(0)] += 1 + (points[0] - last) / 0x1p63;
    for (int i = 1; i < size; i++) {
      shares[owner(i)] += (points[i] - points[i - 1]) / 0x1p63;
    }
    return shares;
  }
}
