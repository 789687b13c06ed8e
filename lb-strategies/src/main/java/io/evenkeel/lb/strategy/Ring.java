package io.evenkeel.lb.strategy;

import java.util.Arrays;

/**
 * Points on a circle of 2^63, in order. The top bits of a key lead to the first point of its
 * stretch, of which there are a quarter to half as many as points, so the point sought is one or
 * two steps further on average. The same stretches sort the points when the ring is made, in linear
 * time.
 *
 * <p>Memory is what a look-up costs, so that of 160,000 points should fit into a processor's own
 * cache: a point is one int, with its place in the upper bits and its owner in the lower ones. The
 * place is that within 64 stretches, which wraps around, as sequence numbers do: a key is never
 * compared with points as far away as half of that. Of 160,000 points of 1000 nodes some three
 * pairs are at the same place; there the owner decides.
 */
final class Ring {
  private static final int CIRCLE_BITS = 63;
  private static final int MOST_POINTS = 1 << 24;

  /** So many stretches, to the power of two, tell points apart. */
  private static final int WINDOW_BITS = 6;

  /** How many points of a stretch are compared without a branch. */
  private static final int AT_ONCE = 4;

  /** The last ones are the end of the circle, to be compared with. */
  private final int[] points;

  private final int size;

  /** The first point of each stretch, and of one more. */
  private final int[] firsts;

  private final int stretchShift;
  private final int pointShift;
  private final int ownerBits;

  /**
   * @param hashes of the nodes
   * @param weights of the nodes, above 0
   * @param perWeight how many points a node has for each unit of its weight
   */
  Ring(long[] hashes, double[] weights, double perWeight) {
    int[] counts = counts(weights, perWeight);
    size = Arrays.stream(counts).sum();
    int bits = Math.max(1, bits(size) - 2);
    ownerBits = bits(hashes.length);
    stretchShift = CIRCLE_BITS - bits;
    // Of a small ring the window is twice the circle, where nothing wraps around.
    pointShift = stretchShift + Math.min(WINDOW_BITS, bits + 1) - Integer.SIZE + ownerBits;
    long[] unsorted = new long[size];
    int[] owners = new int[size];
    firsts = new int[(1 << bits) + 1];
    int filled = 0;
    for (int i = 0; i < hashes.length; i++) {
      for (int point = 0; point < counts[i]; point++) {
        long at = Hashes.follower(hashes[i], point) >>> 1;
        unsorted[filled] = at;
        owners[filled++] = i;
        firsts[(int) (at >>> stretchShift) + 1]++;
      }
    }
    for (int i = 1; i < firsts.length; i++) {
      firsts[i] += firsts[i - 1];
    }
    points = sorted(unsorted, owners);
  }

  /** How many bits tell so many things apart. */
  private static int bits(int things) {
    return Integer.SIZE - Integer.numberOfLeadingZeros(things - 1);
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

  /**
   * Into their stretches, and then each stretch, of two to four points on average, by insertion.
   */
  private int[] sorted(long[] unsorted, int[] owners) {
    int[] sorted = new int[size + AT_ONCE];
    Arrays.fill(sorted, size, sorted.length, point(-1L >>> 1) | (1 << ownerBits) - 1);
    int[] ends = Arrays.copyOf(firsts, firsts.length);
    for (int i = 0; i < size; i++) {
      int stretch = (int) (unsorted[i] >>> stretchShift);
      int point = point(unsorted[i]) | owners[i];
      int at = ends[stretch]++;
      for (; at > firsts[stretch] && before(point, sorted[at - 1]) == 1; at--) {
        sorted[at] = sorted[at - 1];
      }
      sorted[at] = point;
    }
    return sorted;
  }

  /** The first that there can be. */
  private int point(long at) {
    return (int) (at >>> pointShift) << ownerBits;
  }

  /** 1 if a point comes before another one, else 0. */
  private static int before(int point, int other) {
    return (point - other) >>> 31;
  }

  int size() {
    return size;
  }

  /** The place of the first point from a key on. */
  int place(long key) {
    long at = key >>> 1;
    int least = point(at);
    int[] sorted = points;
    int first = firsts[(int) (at >>> stretchShift)];
    int place =
        first
            + before(sorted[first], least)
            + before(sorted[first + 1], least)
            + before(sorted[first + 2], least)
            + before(sorted[first + 3], least);
    if (place == first + AT_ONCE) {
      while (before(sorted[place], least) == 1) {
        place++;
      }
    }
    return place < size ? place : 0;
  }

  /** Whose point is at a place. */
  int owner(int place) {
    return points[place] & ((1 << ownerBits) - 1);
  }

  /** Which share of the circle each node has. */
  double[] shares(int nodes) {
    double[] shares = new double[nodes];
    double last = 0;
    int place = 0;
    for (int stretch = 0; stretch + 1 < firsts.length; stretch++) {
      for (; place < firsts[stretch + 1]; place++) {
        long within = (long) (points[place] >>> ownerBits) << pointShift;
        long start = (long) stretch << stretchShift;
        double at = (start + (within & ((1L << stretchShift) - 1))) / 0x1p63;
        shares[owner(place)] += at - last;
        last = at;
      }
    }
    shares[owner(0)] += 1 - last;
    return shares;
  }
}
