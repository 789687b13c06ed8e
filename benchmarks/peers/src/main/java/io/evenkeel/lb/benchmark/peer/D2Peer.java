package io.evenkeel.lb.benchmark.peer;

import static java.util.Objects.requireNonNull;

import com.linkedin.d2.balancer.util.hashing.ConsistentHashRing;
import com.linkedin.d2.balancer.util.hashing.MPConsistentHashRing;
import com.linkedin.d2.balancer.util.hashing.Ring;
import java.util.LinkedHashMap;
import java.util.Map;

/** LinkedIn D2: {@code get} of a ring; 100 points for each unit of weight, as its default has. */
final class D2Peer implements Chooser {
  private static final int POINTS = 100;

  private final Ring<Integer> ring;

  private D2Peer(Ring<Integer> ring) {
    this.ring = ring;
  }

  static Chooser points(int[] weights) {
    return new D2Peer(new ConsistentHashRing<>(points(weights, POINTS)));
  }

  static Chooser multiProbe(int[] weights) {
    return new D2Peer(new MPConsistentHashRing<>(points(weights, POINTS)));
  }

  @Override
  public int choose(long key) {
    return requireNonNull(ring.get((int) (key >>> 32)));
  }

  private static Map<Integer, Integer> points(int[] weights, int perWeight) {
    Map<Integer, Integer> points = new LinkedHashMap<>();
    for (int i = 0; i < weights.length; i++) {
      points.put(i, weights[i] * perWeight);
    }
    return points;
  }
}
