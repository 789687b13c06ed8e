package io.evenkeel.lb.testkit.cluster;

import io.evenkeel.lb.Outcome;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import org.HdrHistogram.Histogram;

/** Keeps the accounts of one server in one run, from the end of the warm-up on. */
final class ServerTally {
  private final Buckets buckets;
  private final double[] attemptsOverTime;
  private final double[] inFlightOverTime;
  private final Map<Outcome, Long> outcomes = new EnumMap<>(Outcome.class);
  private final Histogram latency = Latencies.coarse();

  private long attempts;
  private double busyNanos;
  private int mostInFlight;
  private long accountedTo;
  private boolean closed;

  ServerTally(Buckets buckets) {
    this.buckets = buckets;
    this.attemptsOverTime = buckets.newSeries();
    this.inFlightOverTime = buckets.newSeries();
  }

  void began(long now) {
    attempts++;
    buckets.add(attemptsOverTime, now, 1);
  }

  void ended(Outcome outcome, long latencyNanos) {
    outcomes.merge(outcome, 1L, Long::sum);
    Latencies.record(latency, latencyNanos);
  }

  /** The server has had this much in its hands since the last call. */
  void account(long now, int inFlight, int busy) {
    if (now > accountedTo && !closed) {
      buckets.addArea(inFlightOverTime, accountedTo, now, inFlight);
      busyNanos += (double) busy * (now - accountedTo);
      mostInFlight = Math.max(mostInFlight, inFlight);
      accountedTo = now;
    }
  }

  /** Arrivals have ended: what the server has in its hands from now on says little. */
  void close() {
    closed = true;
  }

  ServerResult result(String name, int slots, long allAttempts, long duration) {
    double[] began = buckets.upTo(duration, attemptsOverTime);
    double[] inFlight = buckets.upTo(duration, inFlightOverTime);
    double area = 0;
    for (int i = 0; i < inFlight.length; i++) {
      area += inFlight[i];
      long end = Math.min(duration, (i + 1) * buckets.width());
      inFlight[i] /= Math.max(1, end - i * buckets.width());
    }
    return new ServerResult(
        name,
        attempts,
        allAttempts == 0 ? 0 : (double) attempts / allAttempts,
        Map.copyOf(outcomes),
        latency,
        duration == 0 ? 0 : busyNanos / ((double) slots * duration),
        duration == 0 ? 0 : area / duration,
        mostInFlight,
        Arrays.stream(began).mapToLong(Math::round).toArray(),
        inFlight);
  }
}
