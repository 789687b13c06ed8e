package io.evenkeel.lb.strategy;

import io.evenkeel.lb.Node;
import io.evenkeel.lb.NodeSet;

/** What selectors do with their nodes when they are made. */
final class Nodes {
  private Nodes() {}

  static Node[] array(NodeSet set) {
    return set.usable().toArray(new Node[0]);
  }

  static double[] weights(NodeSet set) {
    double[] weights = new double[set.usable().size()];
    for (int i = 0; i < weights.length; i++) {
      weights[i] = set.weight(i);
    }
    return weights;
  }

  /** What to multiply loads by, to compare them for their weights. */
  static double[] inverseWeights(NodeSet set) {
    double[] inverse = new double[set.usable().size()];
    for (int i = 0; i < inverse.length; i++) {
      inverse[i] = 1 / set.weight(i);
    }
    return inverse;
  }

  static long[] hashes(NodeSet set) {
    long[] hashes = new long[set.usable().size()];
    for (int i = 0; i < hashes.length; i++) {
      hashes[i] = Hashes.ofNode(set.usable().get(i));
    }
    return hashes;
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
