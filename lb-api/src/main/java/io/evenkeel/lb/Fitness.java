package io.evenkeel.lb;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Decides which nodes may be used, and with what weight: weight times health, unless so little
 * capacity is fit that the verdicts cannot be believed, or the fit ones would be crushed. Then all
 * are offered with their full weight. A node with some health is fit with all of its capacity: it
 * is spared for a while, and that all are is no reason to panic. An endpoint of weight 0 or one
 * that was withdrawn is out of service on purpose, and stays so.
 *
 * @param usable the nodes with a weight above 0
 * @param returned those that had no health, and have some now
 * @param capacity the share of the configured weight that is fit, from 0 to 1
 * @param panic whether health was set aside
 * @param changed whether any node's weight is not what it was
 */
record Fitness(
    List<Node> usable, List<Node> returned, double capacity, boolean panic, boolean changed) {
  /** For sums of weights, which are not exact: half of ten times 0.7 is not too little. */
  private static final double ROUNDING = 1e-9;

  /** Judges the nodes and sets their weights. For the control thread. */
  static Fitness judge(List<Node> nodes, double panicThreshold, Faults faults) {
    double[] health = new double[nodes.size()];
    List<Node> returned = new ArrayList<>();
    double configured = 0;
    double fit = 0;
    for (int i = 0; i < health.length; i++) {
      Node node = nodes.get(i);
      HealthIndicator indicator = node.indicator;
      boolean withdrawnBefore = isWithdrawn(indicator, faults);
      health[i] = healthOf(indicator, node, faults);
      if (node.health == 0 && health[i] > 0) {
        returned.add(node);
      }
      node.health = health[i];
      // If that changes just now, it is no capacity: the health may be of before.
      node.withdrawn = withdrawnBefore || isWithdrawn(indicator, faults);
      double capacity = node.withdrawn ? 0 : node.endpoint.weight();
      configured += capacity;
      fit += health[i] > 0 ? capacity : 0;
    }
    boolean panic = configured > 0 && fit < (panicThreshold - ROUNDING) * configured;
    boolean changed = false;
    List<Node> usable = new ArrayList<>(health.length);
    for (int i = 0; i < health.length; i++) {
      Node node = nodes.get(i);
      double share = node.withdrawn ? 0 : panic ? 1 : health[i];
      double weight = node.endpoint.weight() * share;
      if (weight != node.weight) {
        node.weight = weight;
        changed = true;
      }
      if (weight > 0) {
        usable.add(node);
      }
    }
    return new Fitness(usable, returned, configured > 0 ? fit / configured : 0, panic, changed);
  }

  static boolean isWithdrawn(@Nullable HealthIndicator indicator, Faults faults) {
    try {
      return indicator != null && indicator.isWithdrawn();
    } catch (Throwable t) {
      faults.report(Faults.Component.HEALTH, t);
      return false;
    }
  }

  static double healthOf(@Nullable HealthIndicator indicator, Node node, Faults faults) {
    if (indicator == null) {
      return 1;
    }
    try {
      double health = indicator.health();
      if (health >= 0 && health <= 1) {
        return health;
      }
      throw new IllegalStateException(
          "health of " + node.endpoint + ": " + health + " (expected: 0.0..1.0)");
    } catch (Throwable t) {
      faults.report(Faults.Component.HEALTH, t);
      return 1;
    }
  }
}
