package io.evenkeel.lb.health.detect;

import java.util.Arrays;

/** A figure of each node, of which it gives the median over all nodes but one. */
final class Others {
  private final double[] figures;

  /** Without those that are NaN. */
  private final double[] sorted;

  Others(double[] figures) {
    this.figures = figures;
    this.sorted = Arrays.stream(figures).filter(each -> !Double.isNaN(each)).sorted().toArray();
  }

  /** The median over the figures of all other nodes that are not NaN; NaN if there are none. */
  double median(int node) {
    double own = figures[node];
    int left = Double.isNaN(own) ? sorted.length : Arrays.binarySearch(sorted, own);
    int count = Double.isNaN(own) ? sorted.length : sorted.length - 1;
    if (count == 0) {
      return Double.NaN;
    }
    double upper = without(left, count / 2);
    return count % 2 == 1 ? upper : (without(left, count / 2 - 1) + upper) / 2;
  }

  /** The figure at a place once one was taken out at another. */
  private double without(int taken, int place) {
    return sorted[place < taken ? place : place + 1];
  }
}
