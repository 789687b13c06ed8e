package io.evenkeel.lb.testkit;

import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.Node;
import java.util.Arrays;

/** The nodes of a contract: their ids are numbers in the order of the nodes. */
final class Numbered {
  private Numbered() {}

  static String id(int index) {
    return String.format("n%05d", index);
  }

  static int index(Node node) {
    return Integer.parseInt(node.endpoint().id().substring(1));
  }

  static Endpoint.Builder endpoint(int index, double weight) {
    return Endpoint.builder("10.0.0.1", 1 + index).id(id(index)).weight(weight);
  }

  static double[] weights(double... weights) {
    return weights;
  }

  static double[] ones(int n) {
    double[] weights = new double[n];
    Arrays.fill(weights, 1);
    return weights;
  }
}
