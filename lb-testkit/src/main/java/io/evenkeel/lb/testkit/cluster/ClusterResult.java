package io.evenkeel.lb.testkit.cluster;

import static io.evenkeel.lb.testkit.cluster.Expect.expect;

import io.evenkeel.lb.Outcome;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.HdrHistogram.Histogram;

/**
 * What came of a run. Counts the requests that arrived after the warm-up. Immutable, equal by
 * value, and {@link #toString} is a report to read.
 */
public final class ClusterResult {
  private final String cluster;
  private final long seed;
  private final long requests;
  private final Map<Outcome, Long> outcomes;
  private final long noEndpoint;
  private final long attempts;
  private final double sumNanos;
  private final Histogram latency;
  private final Histogram succeeded;
  private final long durationNanos;
  private final long bucketNanos;
  private final List<ServerResult> servers;

  ClusterResult(
      String cluster,
      long seed,
      long requests,
      Tally tally,
      long durationNanos,
      long bucketNanos,
      List<ServerResult> servers) {
    this.cluster = cluster;
    this.seed = seed;
    this.requests = requests;
    this.outcomes = tally.outcomes();
    this.noEndpoint = tally.noEndpoint();
    this.attempts = tally.attempts();
    this.sumNanos = tally.sumNanos();
    this.latency = tally.all();
    this.succeeded = tally.succeeded();
    this.durationNanos = durationNanos;
    this.bucketNanos = bucketNanos;
    this.servers = servers;
  }

  /** What was run, as text. */
  public String cluster() {
    return cluster;
  }

  /** What the run was seeded with. */
  public long seed() {
    return seed;
  }

  /** How many requests arrived. */
  public long requests() {
    return requests;
  }

  /** How many requests ended as {@link Outcome#SUCCESS}, at the first attempt or a later one. */
  public long succeeded() {
    return ended(Outcome.SUCCESS);
  }

  /** How many requests did not succeed, whatever the reason. */
  public long failed() {
    return requests - succeeded();
  }

  /** How many requests ended like this: as their last attempts did. */
  public long ended(Outcome outcome) {
    return outcomes.getOrDefault(outcome, 0L);
  }

  /** How many requests found no endpoint for their first attempt. */
  public long noEndpoint() {
    return noEndpoint;
  }

  /** How many attempts there were. */
  public long attempts() {
    return attempts;
  }

  /** How many attempts were not the first of their request. */
  public long retries() {
    return attempts - (requests - noEndpoint);
  }

  /**
   * The mean time from the intended arrival of a request to its end, retries included. Counts
   * failed requests too, since leaving them out would hide every timeout; not those that found no
   * endpoint. 0 if there are none.
   */
  public Duration mean() {
    return Duration.ofNanos(Math.round(sumNanos / Math.max(1, requests - noEndpoint)));
  }

  /**
   * The time within which this percentage of requests ended, by {@link #latency}.
   *
   * @param percentage from 0 to 100
   */
  public Duration percentile(double percentage) {
    expect(percentage >= 0 && percentage <= 100, "percentage", percentage, "0.0..100.0");
    return Duration.ofNanos(latency.getValueAtPercentile(percentage));
  }

  /**
   * The times in nanoseconds that {@link #mean} is the mean of, exact to a part in a thousand;
   * those above 24 hours count as 24 hours. A copy.
   */
  public Histogram latency() {
    return latency.copy();
  }

  /** The same for requests that succeeded. A copy. */
  public Histogram latencyOfSuccesses() {
    return succeeded.copy();
  }

  /** The time from the end of the warm-up to the end of arrivals. */
  public Duration duration() {
    return Duration.ofNanos(durationNanos);
  }

  /** The servers, in the order in which they were given; those that joined later come last. */
  public List<ServerResult> servers() {
    return servers;
  }

  /**
   * One of the servers.
   *
   * @throws IllegalArgumentException if there is no such server
   */
  public ServerResult server(String name) {
    for (ServerResult server : servers) {
      if (server.name().equals(name)) {
        return server;
      }
    }
    throw new IllegalArgumentException("name: " + name + " (expected: one of the servers)");
  }

  /** How wide the spans of time are; the first begins at the end of the warm-up. */
  public Duration bucket() {
    return Duration.ofNanos(bucketNanos);
  }

  /**
   * The server's share of all attempts that began in each {@linkplain #bucket() span of time}, from
   * 0 to 1; 0 where there were none.
   */
  public double[] sharesOverTime(String server) {
    ServerResult one = server(server);
    double[] shares = new double[one.attemptsOverTime().length];
    for (int i = 0; i < shares.length; i++) {
      long all = 0;
      for (ServerResult each : servers) {
        all += each.attemptsIn(i);
      }
      shares[i] = all == 0 ? 0 : (double) one.attemptsIn(i) / all;
    }
    return shares;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ClusterResult that
        && cluster.equals(that.cluster)
        && seed == that.seed
        && requests == that.requests
        && outcomes.equals(that.outcomes)
        && noEndpoint == that.noEndpoint
        && attempts == that.attempts
        && sumNanos == that.sumNanos
        && latency.equals(that.latency)
        && succeeded.equals(that.succeeded)
        && durationNanos == that.durationNanos
        && bucketNanos == that.bucketNanos
        && servers.equals(that.servers);
  }

  @Override
  public int hashCode() {
    return 31 * Long.hashCode(seed) + latency.hashCode();
  }

  @Override
  public String toString() {
    return Report.of(this);
  }
}
