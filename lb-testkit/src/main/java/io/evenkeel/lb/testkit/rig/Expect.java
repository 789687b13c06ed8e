package io.evenkeel.lb.testkit.rig;

import java.time.Duration;

/** Refuses what a setting cannot be. */
final class Expect {
  private Expect() {}

  static void expect(boolean holds, String name, Object value, String expected) {
    if (!holds) {
      throw new IllegalArgumentException(name + ": " + value + " (expected: " + expected + ")");
    }
  }

  /** The time in nanoseconds, which is at least 0 and at most a day. */
  static long atMostADay(String name, Duration time) {
    boolean holds = !time.isNegative() && time.compareTo(Duration.ofDays(1)) <= 0;
    expect(holds, name, time, "PT0S..PT24H");
    return time.toNanos();
  }
}
