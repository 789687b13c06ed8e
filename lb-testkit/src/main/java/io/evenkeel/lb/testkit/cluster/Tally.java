package io.evenkeel.lb.testkit.cluster;

import io.evenkeel.lb.Outcome;
import java.util.EnumMap;
import java.util.Map;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/** Keeps the accounts of requests in one run. Those of the warm-up are only awaited. */
final class Tally {
  private final Timeline timeline;
  private final Map<Outcome, Long> outcomes = new EnumMap<>(Outcome.class);
  private final Histogram all = Latencies.fine();
  private final Histogram succeeded = Latencies.fine();
  private long noEndpoint;
  private long attempts;
  private double sumNanos;
  private long open;

  Tally(Timeline timeline) {
    this.timeline = timeline;
  }

  void began() {
    open++;
  }

  /**
   * A request has ended.
   *
   * @param outcome that of its last attempt; null if there was none, for want of an endpoint
   */
  void ended(Request request, @Nullable Outcome outcome) {
    open--;
    if (!request.isMeasured()) {
      return;
    }
    attempts += request.attempts();
    if (outcome == null) {
      noEndpoint++;
      return;
    }
    outcomes.merge(outcome, 1L, Long::sum);
    long latency = timeline.read() - request.intended();
    sumNanos += latency;
    Latencies.record(all, latency);
    if (outcome == Outcome.SUCCESS) {
      Latencies.record(succeeded, latency);
    }
  }

  /** Requests that have not ended. */
  long open() {
    return open;
  }

  long attempts() {
    return attempts;
  }

  long noEndpoint() {
    return noEndpoint;
  }

  Map<Outcome, Long> outcomes() {
    return Map.copyOf(outcomes);
  }

  Histogram all() {
    return all;
  }

  Histogram succeeded() {
    return succeeded;
  }

  double sumNanos() {
    return sumNanos;
  }
}
