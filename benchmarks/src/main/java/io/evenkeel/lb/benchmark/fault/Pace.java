package io.evenkeel.lb.benchmark.fault;

import io.evenkeel.lb.testkit.rig.OpenLoopLoad;
import java.lang.management.ManagementFactory;
import java.time.Duration;

/**
 * How hard scenarios are run.
 *
 * @param rate requests per second
 * @param quick whether to be done soon: what is measured over a long time is measured over less
 */
record Pace(double rate, boolean quick) {
  static final double FULL_RATE = 2000;
  static final double QUICK_RATE = 500;

  private static final int THREADS = 512;

  /** The rate that this machine can bear beside whatever else it does. */
  static Pace of(boolean quick) {
    int cores = Runtime.getRuntime().availableProcessors();
    boolean busy = ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage() > cores;
    return new Pace(quick || busy ? QUICK_RATE : FULL_RATE, quick);
  }

  /** Begins a load of this rate. */
  OpenLoopLoad.Builder load(Duration duration) {
    return OpenLoopLoad.builder(rate).duration(duration).threads(THREADS);
  }
}
