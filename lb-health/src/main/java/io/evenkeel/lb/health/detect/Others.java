package io.evenkeel.lb.health.detect;

import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * A figure of each node, of which it gives the weighted median over all nodes but one. Weights are
 * numbers of requests: what many requests have shown counts for more than what few have. To sort is
 * done once, so that thousands of nodes can be held against the others in one look.
 */
final class Others {
  private final double[] weights;

  /** By figure, the nodes with a weight. */
  private final double[] sorted;

  /** The weights of the sorted, each with all before it. */
  private final double[] sums;

  /** Of each node among the sorted; behind them all without a weight. */
  private final int[] places;

  Others(double[] figures, double[] weights) {
    this.weights = weights;
    int[] order =
        IntStream.range(0, figures.length)
            .filter(node -> weights[node] > 0)
            .boxed()
            .sorted(Comparator.comparingDouble(node -> figures[node]))
            .mapToInt(Integer::intValue)
            .toArray();
    this.sorted = new double[order.length];
    this.sums = new double[order.length];
    this.places = new int[figures.length];
    Arrays.fill(places, order.length);
    double sum = 0;
    for (int i = 0; i < order.length; i++) {
      sum += weights[order[i]];
      sums[i] = sum;
      sorted[i] = figures[order[i]];
      places[order[i]] = i;
    }
  }

  /** The weight of all other nodes. */
  double weight(int node) {
    return sums.length == 0 ? 0 : sums[sums.length - 1] - weights[node];
  }

  /** The median over all other nodes; NaN if none has a weight. */
  double median(int node) {
    double half = weight(node) / 2;
    int above = firstAbove(half, node);
    if (above == sorted.length) {
      return Double.NaN;
    }
    int before = above - 1 == places[node] ? above - 2 : above - 1;
    return before >= 0 && sum(before, node) == half
        ? (sorted[before] + sorted[above]) / 2
        : sorted[above];
  }

  /** The first place up to which the others weigh more than that; never the node's own. */
  private int firstAbove(double weight, int node) {
    int low = 0;
    int high = sorted.length;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (sum(middle, node) > weight) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return low;
  }

  /** What all others weigh up to a place. */
  private double sum(int place, int node) {
    return places[node] <= place ? sums[place] - weights[node] : sums[place];
  }
}
