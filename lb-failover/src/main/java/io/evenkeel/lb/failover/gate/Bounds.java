package io.evenkeel.lb.failover.gate;

import io.evenkeel.lb.failover.setting.Expect;

/**
 * Between what a limit may be.
 *
 * @param least from 1
 * @param most from the least to a million
 */
record Bounds(int least, int most) {
  private static final int MAX = 1_000_000;

  Bounds {
    Expect.within("least", least, 1, MAX);
    Expect.within("most", most, least, MAX);
  }

  double clamp(double value) {
    return Math.max(least, Math.min(most, value));
  }

  @Override
  public String toString() {
    return least + ".." + most;
  }
}
