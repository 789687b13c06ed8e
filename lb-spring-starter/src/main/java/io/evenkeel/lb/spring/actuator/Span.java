package io.evenkeel.lb.spring.actuator;

import java.util.concurrent.atomic.AtomicIntegerArray;

/** What ended in a few seconds. Counted by any number of threads at once. */
final class Span {
  private static final int REQUESTS = Latencies.BUCKETS;
  private static final int FAILURES = REQUESTS + 1;

  final long number;
  private final AtomicIntegerArray counts = new AtomicIntegerArray(FAILURES + 1);

  Span(long number) {
    this.number = number;
  }

  void ended(boolean failed) {
    counts.incrementAndGet(REQUESTS);
    if (failed) {
      counts.incrementAndGet(FAILURES);
    }
  }

  void took(long nanos) {
    counts.incrementAndGet(Latencies.bucket(nanos));
  }

  int requests() {
    return counts.get(REQUESTS);
  }

  int failures() {
    return counts.get(FAILURES);
  }

  void addLatencies(long[] sums) {
    for (int i = 0; i < sums.length; i++) {
      sums[i] += counts.get(i);
    }
  }

  Point point() {
    long[] latencies = new long[Latencies.BUCKETS];
    addLatencies(latencies);
    return new Point(number, requests(), failures(), Latencies.quantile(latencies, 0.99));
  }

  /**
   * What is kept of a span for longer.
   *
   * @param p99Nanos NaN if nothing has a latency
   */
  record Point(long number, int requests, int failures, double p99Nanos) {}
}
