package io.evenkeel.lb.health.detect;

import org.jspecify.annotations.Nullable;

/**
 * Finds nodes whose traffic shows that they are not fit. A pure function: the same counts get the
 * same answer, and it may be asked at any time. Immutable and thread-safe.
 */
@FunctionalInterface
public interface Detector {
  /**
   * Whether a node should be ejected.
   *
   * @param node its index in the cluster
   * @param cluster the traffic of all nodes that may be chosen
   * @return why, for people; null if there is nothing against it
   */
  @Nullable String suspects(int node, Cluster cluster);
}
