package io.evenkeel.lb;

import java.util.ArrayList;
import java.util.List;

/**
 * What an endpoint says of its own load, for all its clients together: in a header of a response,
 * or in answer to a {@link Probe}. Immutable.
 *
 * <p>Each part is optional. Reports come from outside and are read on the request path, so nothing
 * is refused here: a number that cannot be meant, such as NaN or one below 0, counts as not said.
 */
public final class LoadReport {
  private static final LoadReport NOTHING = new LoadReport(builder());

  private final double utilization;
  private final double queriesPerSecond;
  private final double errorsPerSecond;
  private final int inFlight;
  private final long latencyNanos;

  private LoadReport(Builder builder) {
    this.utilization = builder.utilization;
    this.queriesPerSecond = builder.queriesPerSecond;
    this.errorsPerSecond = builder.errorsPerSecond;
    this.inFlight = builder.inFlight;
    this.latencyNanos = builder.latencyNanos;
  }

  /** A report that says nothing. */
  public static LoadReport nothing() {
    return NOTHING;
  }

  /** Begins a report. */
  public static Builder builder() {
    return new Builder();
  }

  /** Which part of its capacity is in use; above 1 when it is overloaded. 0 if not said. */
  public double utilization() {
    return utilization;
  }

  /** How many requests it serves in a second. 0 if not said. */
  public double queriesPerSecond() {
    return queriesPerSecond;
  }

  /** How many requests fail in a second. 0 if not said. */
  public double errorsPerSecond() {
    return errorsPerSecond;
  }

  /**
   * How many requests it has taken and not answered, that of the response which brings the report
   * included. -1 if not said.
   */
  public int inFlight() {
    return inFlight;
  }

  /** How long a request takes that comes now. 0 if not said. */
  public long latencyNanos() {
    return latencyNanos;
  }

  @Override
  public String toString() {
    List<String> said = new ArrayList<>();
    if (utilization > 0) {
      said.add("utilization=" + utilization);
    }
    if (queriesPerSecond > 0) {
      said.add("queriesPerSecond=" + queriesPerSecond);
    }
    if (errorsPerSecond > 0) {
      said.add("errorsPerSecond=" + errorsPerSecond);
    }
    if (inFlight >= 0) {
      said.add("inFlight=" + inFlight);
    }
    if (latencyNanos > 0) {
      said.add("latencyNanos=" + latencyNanos);
    }
    return "LoadReport" + said;
  }

  /** Builds a {@link LoadReport}. Not thread-safe. */
  public static final class Builder {
    private double utilization;
    private double queriesPerSecond;
    private double errorsPerSecond;
    private int inFlight = -1;
    private long latencyNanos;

    private Builder() {}

    /** Which part of its capacity is in use, from 0 on. */
    public Builder utilization(double share) {
      this.utilization = meant(share);
      return this;
    }

    /** How many requests it serves in a second, failed ones included. */
    public Builder queriesPerSecond(double rate) {
      this.queriesPerSecond = meant(rate);
      return this;
    }

    /** How many requests fail in a second. */
    public Builder errorsPerSecond(double rate) {
      this.errorsPerSecond = meant(rate);
      return this;
    }

    /** How many requests it has taken and not answered, from 0 on. */
    public Builder inFlight(int requests) {
      this.inFlight = Math.max(requests, -1);
      return this;
    }

    /** How long a request takes that comes now, above 0. */
    public Builder latencyNanos(long nanos) {
      this.latencyNanos = Math.max(nanos, 0);
      return this;
    }

    /** The report. */
    public LoadReport build() {
      return new LoadReport(this);
    }

    private static double meant(double number) {
      return number > 0 && number < Double.POSITIVE_INFINITY ? number : 0;
    }
  }
}
