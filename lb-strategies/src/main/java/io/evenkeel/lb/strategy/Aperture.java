package io.evenkeel.lb.strategy;

import io.evenkeel.lb.Node;
import io.evenkeel.lb.NodeSet;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * The nodes on one client's part of a ring, on which each node has a stretch as long as its
 * configured weight.
 *
 * <p>The ring is laid out by what all clients know alike, and not by health: a client that cannot
 * use a node passes over it and goes on for as much longer, so that its other nodes stay what they
 * are. Where clients are offered a tier or a zone, the ring has the nodes of that, and those that
 * cannot be used of all, since nothing tells which these belong to.
 */
record Aperture(int index, int clients, int minSize) implements Membership {
  /** Parts of a stretch that are rounding. */
  private static final double EPSILON = 1e-9;

  /**
   * @param place among the usable nodes; -1 if it is none
   * @param length above 0; the longest is 1
   */
  private record Stretch(long hash, int place, double length) {}

  @Override
  public double[] weights(NodeSet nodes) {
    List<Stretch> ring = ring(nodes);
    double around = ring.stream().mapToDouble(Stretch::length).sum();
    // As many clients' parts as cover enough: then every point has as many clients.
    double parts = Math.ceil(Math.min(1, minSize / (double) ring.size()) * clients - EPSILON);
    double left = around * parts / clients;
    double skipped = around * index / clients;
    int first = 0;
    while (first < ring.size() - 1 && skipped >= ring.get(first).length - EPSILON) {
      skipped -= ring.get(first++).length;
    }
    skipped = Math.max(0, skipped);
    double[] covered = new double[nodes.usable().size()];
    int members = 0;
    // Once round, and the part of the first stretch that was skipped.
    for (int step = 0; step <= ring.size() && (left > EPSILON || members < minSize); step++) {
      Stretch stretch = ring.get((first + step) % ring.size());
      double room =
          step == 0 ? stretch.length - skipped : step == ring.size() ? skipped : stretch.length;
      if (stretch.place >= 0 && room > EPSILON * stretch.length) {
        double taken = left > EPSILON * stretch.length ? Math.min(room, left) : room;
        members += covered[stretch.place] == 0 ? 1 : 0;
        covered[stretch.place] += taken / stretch.length;
        left -= taken;
      }
    }
    for (int i = 0; i < covered.length; i++) {
      covered[i] =
          covered[i] == 0
              ? 0
              : Math.max(Double.MIN_VALUE, Math.min(1, covered[i]) * nodes.weight(i));
    }
    return covered;
  }

  /** By the hash of the id, so that neighbours in one rack or zone are none on the ring. */
  private static List<Stretch> ring(NodeSet nodes) {
    List<Stretch> ring = new ArrayList<>();
    double longest = 0;
    int next = 0;
    for (Node node : nodes.all()) {
      longest = Math.max(longest, node.endpoint().weight());
    }
    for (Node node : nodes.all()) {
      boolean offered = next < nodes.usable().size() && nodes.usable().get(next) == node;
      double length = Math.max(node.endpoint().weight() / longest, Double.MIN_NORMAL);
      if (offered || (node.weight() == 0 && node.endpoint().weight() > 0)) {
        ring.add(new Stretch(Hashes.ofNode(node), offered ? next++ : -1, length));
      }
    }
    ring.sort(Comparator.comparingLong(Stretch::hash));
    return ring;
  }

  @Override
  public String toString() {
    return "index=" + index + ", clients=" + clients + ", minSize=" + minSize;
  }
}
