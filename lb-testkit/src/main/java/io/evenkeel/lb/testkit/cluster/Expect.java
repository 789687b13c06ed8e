package io.evenkeel.lb.testkit.cluster;

import java.time.Duration;

/** Checks of settings. */
final class Expect {
  private Expect() {}

  static void expect(boolean holds, String setting, Object value, String expected) {
    if (!holds) {
      throw new IllegalArgumentException(setting + ": " + value + " (expected: " + expected + ")");
    }
  }

  static void expectShare(String setting, double share) {
    expect(share >= 0 && share <= 1, setting, share, "0.0..1.0");
  }

  /** The time in nanoseconds. */
  static long expectTime(String setting, Duration time, Duration least, Duration most) {
    boolean holds = time.compareTo(least) >= 0 && time.compareTo(most) <= 0;
    expect(holds, setting, time, least + ".." + most);
    return time.toNanos();
  }
}
