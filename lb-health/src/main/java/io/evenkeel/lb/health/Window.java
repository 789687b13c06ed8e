package io.evenkeel.lb.health;

import io.evenkeel.lb.health.detect.Counts;
import io.evenkeel.lb.health.detect.Span;
import io.evenkeel.lb.health.detect.Traffic;

/**
 * The requests of a node over the last ten seconds, in buckets of half a second: every request is
 * in exactly one, to within the time between two looks. For the control thread alone.
 */
final class Window {
  private static final long BUCKET_NANOS = 500_000_000;
  private static final int PER_SECOND = 2;
  private static final int BUCKETS = 10 * PER_SECOND + 1;
  private static final long COUNT_MASK = (1L << Tally.COUNT_BITS) - 1;

  private final int[] successes = new int[BUCKETS];
  private final int[] failures = new int[BUCKETS];
  private final long[] latencies = new long[BUCKETS];

  /** The fewest requests that were in flight at a look. */
  private final int[] leastInFlight = new int[BUCKETS];

  private long bucketEnd;
  private int current;
  private long succeeded;
  private int failed;
  private int turnedAway;
  private int inFlight;
  private long lookedAt;
  private long stalledNanos;

  /** Read by checks, too. */
  private volatile long trafficAt;

  Window(long nowNanos) {
    this.bucketEnd = nowNanos + BUCKET_NANOS;
    this.lookedAt = nowNanos;
    this.trafficAt = nowNanos;
  }

  /** Takes in what has ended since the last look. */
  void look(Tally tally, int inFlight, long nowNanos) {
    while (nowNanos - bucketEnd >= 0) {
      long skipped = (nowNanos - bucketEnd) / BUCKET_NANOS;
      if (skipped > BUCKETS) {
        bucketEnd += (skipped - BUCKETS) * BUCKET_NANOS;
      }
      bucketEnd += BUCKET_NANOS;
      current = (current + 1) % BUCKETS;
      successes[current] = 0;
      failures[current] = 0;
      latencies[current] = 0;
      leastInFlight[current] = this.inFlight;
    }
    long grown = tally.succeeded() - succeeded;
    int grownFailures = tally.failed() - failed;
    succeeded += grown;
    failed += grownFailures;
    successes[current] += (int) (grown & COUNT_MASK);
    latencies[current] += (grown >>> Tally.COUNT_BITS) << Tally.LATENCY_SHIFT;
    failures[current] += grownFailures;
    boolean answers = grown != 0 || grownFailures != 0 || tally.turnedAway() != turnedAway;
    turnedAway = tally.turnedAway();
    stalledNanos = inFlight > 0 && !answers ? stalledNanos + (nowNanos - lookedAt) : 0;
    if (inFlight > 0 || answers) {
      trafficAt = nowNanos;
    }
    this.inFlight = inFlight;
    leastInFlight[current] = Math.min(leastInFlight[current], inFlight);
    lookedAt = nowNanos;
  }

  /** The time that passed since the last look says nothing. */
  void discard(long nowNanos) {
    lookedAt = nowNanos;
    stalledNanos = 0;
  }

  /** Begins anew. */
  void clear(Tally tally, long nowNanos) {
    for (int i = 0; i < BUCKETS; i++) {
      successes[i] = 0;
      failures[i] = 0;
      latencies[i] = 0;
      leastInFlight[i] = inFlight;
    }
    succeeded = tally.succeeded();
    failed = tally.failed();
    discard(nowNanos);
  }

  /** For how long there was neither an end nor a request in flight. */
  long quietNanos(long nowNanos) {
    return Math.max(0, nowNanos - trafficAt);
  }

  /** As of the last look. */
  Traffic traffic(Tally tally) {
    return new Traffic(
        last(Span.ONE_SECOND),
        last(Span.THREE_SECONDS),
        last(Span.TEN_SECONDS),
        tally.history(),
        tally.unreachable(),
        stalledNanos,
        waiting());
  }

  /** What has been in flight all the time may be streams. */
  private int waiting() {
    int least = inFlight;
    for (int i = 0; i <= Span.THREE_SECONDS.seconds() * PER_SECOND; i++) {
      least = Math.min(least, leastInFlight[(current + BUCKETS - i) % BUCKETS]);
    }
    return inFlight - least;
  }

  /** As of the last look. */
  Counts last(Span span) {
    long succeeded = 0;
    long failed = 0;
    long latency = 0;
    for (int i = 0; i <= span.seconds() * PER_SECOND; i++) {
      int bucket = (current + BUCKETS - i) % BUCKETS;
      succeeded += successes[bucket];
      failed += failures[bucket];
      latency += latencies[bucket];
    }
    return new Counts(succeeded, failed, latency);
  }
}
