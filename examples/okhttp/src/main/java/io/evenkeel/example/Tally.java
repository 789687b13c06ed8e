package io.evenkeel.example;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.Recorder;

/**
 * Counts what became of requests, in all and in the latest tick and slice. Any thread may record;
 * one thread collects and reads.
 */
final class Tally {
  private static final long MAX_MICROS = TimeUnit.SECONDS.toMicros(60);
  private static final int DIGITS = 3;

  private final Recorder latencies = new Recorder(MAX_MICROS, DIGITS);
  private final AtomicLong failures = new AtomicLong();

  final Histogram all = histogram();
  final Histogram slice = histogram();
  Histogram tick = histogram();
  Histogram tickBefore = histogram();
  long failed;
  long failedInSlice;
  long failedInTick;
  long failedInTickBefore;

  private Histogram spare = histogram();

  static Histogram histogram() {
    return new Histogram(MAX_MICROS, DIGITS);
  }

  void succeeded(long latencyNanos) {
    latencies.recordValue(Math.min(MAX_MICROS, TimeUnit.NANOSECONDS.toMicros(latencyNanos)));
  }

  void failed() {
    failures.incrementAndGet();
  }

  /** Ends a tick: moves what was recorded since the last one to where it can be read. */
  void collect() {
    Histogram collected = spare;
    latencies.getIntervalHistogramInto(collected);
    spare = tickBefore;
    tickBefore = tick;
    tick = collected;
    all.add(collected);
    slice.add(collected);
    failedInTickBefore = failedInTick;
    failedInTick = failures.getAndSet(0);
    failed += failedInTick;
    failedInSlice += failedInTick;
  }

  void endSlice() {
    slice.reset();
    failedInSlice = 0;
  }

  long requests() {
    return all.getTotalCount() + failed;
  }

  long requestsInSlice() {
    return slice.getTotalCount() + failedInSlice;
  }

  /** Of the latest two ticks. */
  long recentRequests() {
    return tick.getTotalCount() + tickBefore.getTotalCount() + failedInTick + failedInTickBefore;
  }

  /** Of the latest two ticks, in milliseconds; NaN where nothing succeeded. */
  double recentP99() {
    Histogram both = tick.copy();
    both.add(tickBefore);
    return millis(both, 99);
  }

  /** A percentile in milliseconds; NaN of an empty histogram. */
  static double millis(Histogram micros, double percentile) {
    return micros.getTotalCount() == 0
        ? Double.NaN
        : micros.getValueAtPercentile(percentile) / 1000.0;
  }
}
