package io.evenkeel.lb.benchmark.fault;

import java.lang.management.ManagementFactory;

/**
 * How hard scenarios are run.
 *
 * @param rate requests per second
 * @param quick whether to be done soon: what is measured over a long time is measured over less
 */
record Pace(double rate, boolean quick) {
  static final double FULL_RATE = 2000;
  static final double QUICK_RATE = 500;

  /** The rate that this machine can bear beside whatever else it does. */
  static Pace of(boolean quick) {
    int cores = Runtime.getRuntime().availableProcessors();
    boolean busy = ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage() > cores;
    return new Pace(quick || busy ? QUICK_RATE : FULL_RATE, quick);
  }
}
