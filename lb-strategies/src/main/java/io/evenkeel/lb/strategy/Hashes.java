package io.evenkeel.lb.strategy;

import io.evenkeel.lb.Node;
import io.evenkeel.lb.RequestContext;
import java.nio.charset.StandardCharsets;
import java.util.random.RandomGenerator;

/** Hashing of keys and of nodes. The same in every process and on every machine. */
final class Hashes {
  private static final long GOLDEN = 0x9e3779b97f4a7c15L;
  private static final long MULTIPLIER = 0xd1342543de82ef95L;
  private static final Affinity NODES = Affinity.seeded(0);

  private Hashes() {}

  /** D. Stafford's thirteenth mixer: each bit depends on all. */
  static long mix(long value) {
    long z = (value ^ (value >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }

  /** What a node is hashed by: its endpoint's id, so that its address and facts may change. */
  static long ofNode(Node node) {
    return NODES.of(node.endpoint().id().getBytes(StandardCharsets.UTF_8));
  }

  /** The n-th of the hashes that follow from one. */
  static long follower(long hash, int n) {
    return mix(hash + n * GOLDEN);
  }

  /**
   * The next of the random numbers that one random number begins, where each costs as much as what
   * is done with it. Only its upper half is random enough: a step of a linear congruential
   * generator (the multiplier is from G. Steele and S. Vigna, "Computationally easy, spectrally
   * good multipliers", 2022).
   */
  static long step(long bits) {
    return bits * MULTIPLIER + 1;
  }

  /** Such a number with a lower half that is random as well. */
  static long spread(long bits) {
    return bits ^ (bits >>> 29);
  }

  /**
   * The request's key, well mixed. Without affinity it is random, which spreads such requests over
   * the nodes as it does keys.
   */
  static long key(RequestContext context, RandomGenerator random) {
    long affinity = context.affinity();
    return affinity == 0 ? random.nextLong() : mix(affinity);
  }
}
