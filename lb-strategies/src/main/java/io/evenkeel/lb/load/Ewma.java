package io.evenkeel.lb.load;

import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.LoadMeter;
import io.evenkeel.lb.LoadMetric;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Load as the recent mean latency in nanoseconds, times a penalty for failing:
 *
 * <pre>
 * load = latency * (1 + penalty * failing)
 * </pre>
 *
 * <p>For strategies that weigh nodes ahead of their choices: requests in flight do not enter, since
 * a weight outlives them. To compare nodes at each choice, take {@link PeakEwma}.
 *
 * <ul>
 *   <li><b>latency</b> is the mean over requests, each of which counts with exp(-age/tau), so that
 *       it follows up and down alike. The first few requests make a mean among themselves: a slow
 *       first one is soon outweighed. It is 0 until the node has answered, whatever its peers did.
 *   <li><b>failing</b> is as in {@link PeakEwma}: a failure counts there, and as a latency only if
 *       it was slower than the mean, so that a node which fails fast never looks fast.
 *   <li>An endpoint that asked to be <b>spared</b> looks a thousand times as loaded for that time.
 * </ul>
 *
 * <p>The load of an idle node stays as it is. Of samples that end at the same moment one may be
 * lost. Metrics of the same settings are equal.
 */
public final class Ewma implements LoadMetric {
  private final Duration tau;
  private final double failurePenalty;
  private final Decay decay;

  private Ewma(Builder builder) {
    this.tau = builder.tau;
    this.failurePenalty = builder.failurePenalty;
    this.decay = new Decay(tau.toNanos());
  }

  /** A time constant of 10 seconds and a failure penalty of 50. */
  public static Ewma ofDefaults() {
    return builder().build();
  }

  /** Begins a metric with other settings. */
  public static Builder builder() {
    return new Builder();
  }

  @Override
  public LoadMeter newMeter(Endpoint endpoint, double typicalLoad, long nowNanos) {
    return new EwmaMeter(failurePenalty, decay, nowNanos);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Ewma that
        && tau.equals(that.tau)
        && Double.compare(failurePenalty, that.failurePenalty) == 0;
  }

  @Override
  public int hashCode() {
    return Objects.hash(tau, failurePenalty);
  }

  @Override
  public String toString() {
    return "Ewma[tau=" + tau + ", failurePenalty=" + failurePenalty + "]";
  }

  /** Builds an {@link Ewma}. Not thread-safe. */
  public static final class Builder {
    private Duration tau = Duration.ofSeconds(10);
    private double failurePenalty = 50;

    private Builder() {}

    /**
     * How long the past counts. By default 10 seconds.
     *
     * @throws IllegalArgumentException unless it is from 10 milliseconds to 1 hour
     */
    public Builder tau(Duration tau) {
      this.tau = Decay.expectTau(tau);
      return this;
    }

    /**
     * How many times its latency is added to the load of a node that is sure to fail. By default
     * 50.
     *
     * @throws IllegalArgumentException unless it is from 0 to 1,000,000
     */
    public Builder failurePenalty(double factor) {
      this.failurePenalty = LatencyMeter.expectFailurePenalty(factor);
      return this;
    }

    /** The metric. */
    public Ewma build() {
      return new Ewma(this);
    }
  }
}
