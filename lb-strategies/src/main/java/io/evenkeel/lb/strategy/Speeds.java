package io.evenkeel.lb.strategy;

import io.evenkeel.lb.Node;
import io.evenkeel.lb.NodeSet;
import java.util.List;

/** Turns measured loads into weights. A node's speed is 1/load; 0 stands for not known. */
final class Speeds {
  private static final double FASTEST = 1e100;

  private Speeds() {}

  /** The speeds of the usable nodes. */
  static double[] of(NodeSet nodes) {
    List<Node> usable = nodes.usable();
    double[] speeds = new double[usable.size()];
    for (int i = 0; i < speeds.length; i++) {
      double load = usable.get(i).load();
      speeds[i] = load > 0 ? Math.min(1 / load, FASTEST) : 0;
    }
    return speeds;
  }

  /** How many are known. */
  static int known(double[] speeds) {
    int known = 0;
    for (double speed : speeds) {
      known += speed > 0 ? 1 : 0;
    }
    return known;
  }

  /** The mean of those that are known, of which there must be one. */
  static double mean(double[] speeds) {
    double sum = 0;
    for (double speed : speeds) {
      sum += speed;
    }
    return sum / known(speeds);
  }

  /**
   * The set with each weight multiplied by the node's speed. A node whose speed is not known gets
   * the mean of the others.
   *
   * @param speeds at least one is known
   */
  static NodeSet weigh(NodeSet nodes, double[] speeds) {
    double mean = mean(speeds);
    double[] weights = new double[speeds.length];
    for (int i = 0; i < weights.length; i++) {
      double speed = speeds[i] > 0 ? speeds[i] / mean : 1;
      // 0 would take the node out.
      weights[i] = Math.max(nodes.weight(i) * speed, Double.MIN_NORMAL);
    }
    return nodes.reweighted(weights);
  }
}
