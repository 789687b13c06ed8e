package io.evenkeel.lb.strategy;

import io.evenkeel.lb.Node;
import java.util.List;

/** What selectors do with their nodes when they are made. */
final class Nodes {
  private Nodes() {}

  static Node[] array(List<Node> nodes) {
    return nodes.toArray(new Node[0]);
  }

  static double[] weights(Node[] nodes) {
    double[] weights = new double[nodes.length];
    for (int i = 0; i < nodes.length; i++) {
      // The weight is live: it may have become 0 since the set was offered.
      weights[i] = Math.max(nodes[i].weight(), Double.MIN_NORMAL);
    }
    return weights;
  }

  static boolean allEqual(double[] weights) {
    for (double weight : weights) {
      if (weight != weights[0]) {
        return false;
      }
    }
    return true;
  }

  /** A number from 0 to bound - 1, from the upper half of a random number. */
  static int upper(long random, int bound) {
    return (int) (((random >>> 32) * bound) >>> 32);
  }

  /** A number from 0 to bound - 1, from the lower half of a random number. */
  static int lower(long random, int bound) {
    return (int) (((random & 0xffff_ffffL) * bound) >>> 32);
  }
}
