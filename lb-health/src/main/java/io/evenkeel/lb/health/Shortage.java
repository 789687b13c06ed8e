package io.evenkeel.lb.health;

import org.jspecify.annotations.Nullable;

/**
 * Whether nodes on probation take all requests, since there are no others that could: none is fit,
 * or the engine offers all. For the control thread alone.
 */
final class Shortage {
  private int fit;
  private boolean panic;
  private boolean was;

  /** The engine offers all nodes from now on, or no longer. */
  void panic(boolean panic) {
    this.panic = panic;
  }

  /**
   * A node has changed.
   *
   * @param from null if it has joined
   * @param to null if it has left
   */
  void moved(@Nullable HealthState from, @Nullable HealthState to) {
    fit += (isFit(to) ? 1 : 0) - (isFit(from) ? 1 : 0);
  }

  boolean is() {
    return panic || fit == 0;
  }

  /** Whether it has begun or ended since this was asked last. */
  boolean isNews() {
    boolean news = was != is();
    was = is();
    return news;
  }

  /** Whether a node carries load, if not all of it. */
  static boolean isFit(@Nullable HealthState state) {
    return state == HealthState.UP || state == HealthState.RAMPING;
  }
}
