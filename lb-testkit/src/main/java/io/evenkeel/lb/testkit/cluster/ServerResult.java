package io.evenkeel.lb.testkit.cluster;

import io.evenkeel.lb.Outcome;
import java.util.Arrays;
import java.util.Map;
import org.HdrHistogram.Histogram;

/**
 * What one server had to do with the requests of a run. Counts attempts, so a request that was
 * retried counts at each server that it went to. Immutable, equal by value.
 */
public final class ServerResult {
  private final String name;
  private final long attempts;
  private final double share;
  private final Map<Outcome, Long> outcomes;
  private final Histogram latency;
  private final double utilisation;
  private final double meanInFlight;
  private final int mostInFlight;
  private final long[] attemptsOverTime;
  private final double[] inFlightOverTime;

  ServerResult(
      String name,
      long attempts,
      double share,
      Map<Outcome, Long> outcomes,
      Histogram latency,
      double utilisation,
      double meanInFlight,
      int mostInFlight,
      long[] attemptsOverTime,
      double[] inFlightOverTime) {
    this.name = name;
    this.attempts = attempts;
    this.share = share;
    this.outcomes = outcomes;
    this.latency = latency;
    this.utilisation = utilisation;
    this.meanInFlight = meanInFlight;
    this.mostInFlight = mostInFlight;
    this.attemptsOverTime = attemptsOverTime;
    this.inFlightOverTime = inFlightOverTime;
  }

  /** The name of the server, which is the id of its endpoint. */
  public String name() {
    return name;
  }

  /** How many attempts went to it. */
  public long attempts() {
    return attempts;
  }

  /** Its share of all attempts, from 0 to 1. */
  public double share() {
    return share;
  }

  /** How many attempts ended like this. */
  public long attempts(Outcome outcome) {
    return outcomes.getOrDefault(outcome, 0L);
  }

  /** How many attempts failed. */
  public long failed() {
    long failed = 0;
    for (Outcome outcome : Outcome.values()) {
      failed += outcome.isFailure() ? attempts(outcome) : 0;
    }
    return failed;
  }

  /**
   * How long attempts took in nanoseconds, however they ended; exact to a part in a hundred. A
   * copy.
   */
  public Histogram latency() {
    return latency.copy();
  }

  /** The share of its slots that was taken, on average until the last arrival: from 0 to 1. */
  public double utilisation() {
    return utilisation;
  }

  /**
   * How many requests it had in service or waiting, on average until the last arrival. Counts what
   * clients have given up and the server goes on with.
   */
  public double meanInFlight() {
    return meanInFlight;
  }

  /** The most requests that it had in service or waiting until the last arrival. */
  public int mostInFlight() {
    return mostInFlight;
  }

  /**
   * How many attempts began in each {@linkplain ClusterResult#bucket() span of time}. What began
   * after the last arrival is in the last. A copy.
   */
  public long[] attemptsOverTime() {
    return attemptsOverTime.clone();
  }

  /** {@link #meanInFlight} for each span of time. A copy. */
  public double[] inFlightOverTime() {
    return inFlightOverTime.clone();
  }

  long attemptsIn(int bucket) {
    return attemptsOverTime[bucket];
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ServerResult that
        && name.equals(that.name)
        && attempts == that.attempts
        && share == that.share
        && outcomes.equals(that.outcomes)
        && latency.equals(that.latency)
        && utilisation == that.utilisation
        && meanInFlight == that.meanInFlight
        && mostInFlight == that.mostInFlight
        && Arrays.equals(attemptsOverTime, that.attemptsOverTime)
        && Arrays.equals(inFlightOverTime, that.inFlightOverTime);
  }

  @Override
  public int hashCode() {
    return 31 * name.hashCode() + Long.hashCode(attempts);
  }

  @Override
  public String toString() {
    return Report.line(this);
  }
}
