package io.evenkeel.lb.failover.gate;

/**
 * Between what a limit may be.
 *
 * @param least from 1
 * @param most from the least to a million
 */
record Bounds(int least, int most) {
  private static final int MAX = 1_000_000;

  Bounds {
    if (least < 1 || least > MAX) {
      throw new IllegalArgumentException("least: " + least + " (expected: 1.." + MAX + ")");
    }
    if (most < least || most > MAX) {
      throw new IllegalArgumentException(
          "most: " + most + " (expected: " + least + ".." + MAX + ")");
    }
  }

  int clamp(int value) {
    return Math.max(least, Math.min(most, value));
  }

  @Override
  public String toString() {
    return least + ".." + most;
  }
}
