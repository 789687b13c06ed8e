package io.evenkeel.lb.benchmark;

import io.evenkeel.lb.Strategy;
import io.evenkeel.lb.strategy.JumpHash;
import io.evenkeel.lb.strategy.Maglev;
import io.evenkeel.lb.strategy.Rendezvous;
import io.evenkeel.lb.strategy.RingHash;

/** A way to hash keys to nodes, and the laws that it is known to follow. */
enum Hash {
  RING_100("ring, 100 points"),
  RING_160("ring, 160 points"),
  RING_1000("ring, 1000 points"),
  MAGLEV("Maglev, 65537 slots"),
  RENDEZVOUS("rendezvous"),
  JUMP("jump");

  private static final double SLOTS = 65_537;

  private final String text;

  Hash(String text) {
    this.text = text;
  }

  /** A new strategy; ports number the nodes from 1. */
  Strategy strategy() {
    return switch (this) {
      case RING_100 -> RingHash.ofPoints(100);
      case RING_160 -> RingHash.ofDefaults();
      case RING_1000 -> RingHash.ofPoints(1000);
      case MAGLEV -> Maglev.ofDefaults();
      case RENDEZVOUS -> Rendezvous.of();
      case JUMP -> JumpHash.of(endpoint -> endpoint.port() - 1);
    };
  }

  /** The keys of the busiest node beside the mean, by the law. */
  Sample busiest(int nodes, int keys) {
    return BusiestNode.law(nodes, keys, points(nodes));
  }

  /** How many points on a ring make shares as uneven as they are here. */
  private double points(int nodes) {
    return switch (this) {
      case RING_100 -> 100;
      case RING_160 -> 160;
      case RING_1000 -> 1000;
      case MAGLEV -> {
        // Some nodes have a slot more than others, which is as uneven as so many points.
        double slots = SLOTS / nodes;
        double more = slots - Math.floor(slots);
        yield slots * slots / (more * (1 - more));
      }
      case RENDEZVOUS, JUMP -> Double.POSITIVE_INFINITY;
    };
  }

  /**
   * Keys that move when a node leaves, beside those that it had: for Maglev simulated, for all
   * others the least possible. NaN where nothing is known.
   */
  double moved(int nodes) {
    if (this != MAGLEV) {
      return 1;
    }
    return nodes == 10 ? 1.02 : nodes == 100 ? 1.6 : Double.NaN;
  }

  @Override
  public String toString() {
    return text;
  }
}
