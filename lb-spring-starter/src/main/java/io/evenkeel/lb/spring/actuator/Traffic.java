package io.evenkeel.lb.spring.actuator;

import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.Ticker;
import io.evenkeel.lb.spring.actuator.Span.Point;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * What has ended lately, in spans of five seconds: the latest minute in full, five minutes as
 * points. On the request path: a request costs a look at the clock and a few atomic adds; the first
 * one of a span an object.
 *
 * <p>A span is put in the place of the one that is a round older by compare-and-set. A thread that
 * sleeps between its look at the clock and its count adds to a span that is not read any more.
 */
final class Traffic {
  static final int SPAN_SECONDS = 5;
  static final int SPANS_IN_MINUTE = 60 / SPAN_SECONDS;
  static final int HISTORY = 5 * SPANS_IN_MINUTE;
  private static final long SPAN_NANOS = SPAN_SECONDS * 1_000_000_000L;

  /** The minute before the span that is under way, and that one. */
  private static final int KEPT = SPANS_IN_MINUTE + 1;

  private final Clock clock;
  private final AtomicReferenceArray<@Nullable Span> spans = new AtomicReferenceArray<>(KEPT);
  private final AtomicReferenceArray<@Nullable Point> points = new AtomicReferenceArray<>(HISTORY);
  private final LongAdder requests = new LongAdder();
  private final LongAdder failures = new LongAdder();

  Traffic(Clock clock) {
    this.clock = clock;
  }

  /** Numbers spans, the same for all that is shown together. */
  static final class Clock {
    private final Ticker ticker;
    private final long begin;

    Clock(Ticker ticker) {
      this.ticker = ticker;
      this.begin = ticker.read();
    }

    /** The span that is under way; the first is 0. */
    long span() {
      return Math.max(0, ticker.read() - begin) / SPAN_NANOS;
    }
  }

  /** Something has ended. What was cancelled counts, but its latency means nothing. */
  void ended(Outcome outcome, long latencyNanos) {
    Span span = at(clock.span());
    span.ended(outcome.isFailure());
    requests.increment();
    if (outcome.isFailure()) {
      failures.increment();
    }
    if (outcome != Outcome.CANCELLED) {
      span.took(latencyNanos);
    }
  }

  private Span at(long number) {
    int slot = (int) (number % KEPT);
    Span found = spans.get(slot);
    while (found == null || found.number < number) {
      Span next = new Span(number);
      if (spans.compareAndSet(slot, found, next)) {
        if (found != null) {
          points.set((int) (found.number % HISTORY), found.point());
        }
        return next;
      }
      found = spans.get(slot);
    }
    return found;
  }

  /** All since the beginning. */
  long requests() {
    return requests.sum();
  }

  /** All since the beginning. */
  long failures() {
    return failures.sum();
  }

  /**
   * The sum over the spans before one.
   *
   * @param count how many, at most {@link #SPANS_IN_MINUTE}
   */
  Sum before(long number, int count) {
    long ended = 0;
    long failed = 0;
    long[] latencies = new long[Latencies.BUCKETS];
    for (long i = Math.max(0, number - count); i < number; i++) {
      Span span = spans.get((int) (i % KEPT));
      if (span != null && span.number == i) {
        ended += span.requests();
        failed += span.failures();
        span.addLatencies(latencies);
      }
    }
    return new Sum(
        ended, failed, Latencies.quantile(latencies, 0.5), Latencies.quantile(latencies, 0.99));
  }

  /** The span with this number as a point; null if nothing ended in it, or it is too old. */
  @Nullable Point point(long number) {
    Span span = spans.get((int) (number % KEPT));
    if (span != null && span.number == number) {
      return span.point();
    }
    Point point = points.get((int) (number % HISTORY));
    return point != null && point.number() == number ? point : null;
  }

  /**
   * What ended in a time.
   *
   * @param p50Nanos NaN if nothing has a latency
   * @param p99Nanos NaN if nothing has a latency
   */
  record Sum(long requests, long failures, double p50Nanos, double p99Nanos) {}
}
