package io.evenkeel.lb.health.detect;

import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * A figure of each node, of which it gives the weighted median over all nodes but one. Weights are
 * numbers of requests: what many requests have shown counts for more than what few have.
 */
final class Others {
  private final double[] figures;
  private final double[] weights;

  /** Nodes with a weight, by figure. */
  private final int[] order;

  private final double total;

  Others(double[] figures, double[] weights) {
    this.figures = figures;
    this.weights = weights;
    this.order =
        IntStream.range(0, figures.length)
            .filter(node -> weights[node] > 0)
            .boxed()
            .sorted(Comparator.comparingDouble(node -> figures[node]))
            .mapToInt(Integer::intValue)
            .toArray();
    this.total = IntStream.of(order).mapToDouble(node -> weights[node]).sum();
  }

  /** The weight of all other nodes. */
  double weight(int node) {
    return total - weights[node];
  }

  /** The median over all other nodes; NaN if none has a weight. */
  double median(int node) {
    double half = weight(node) / 2;
    double below = 0;
    double last = Double.NaN;
    boolean middle = false;
    for (int other : order) {
      if (other == node) {
        continue;
      }
      if (middle) {
        return (last + figures[other]) / 2;
      }
      below += weights[other];
      last = figures[other];
      if (below > half) {
        return last;
      }
      middle = below == half;
    }
    return last;
  }
}
