package io.evenkeel.lb.load;

import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.LoadMeter;
import io.evenkeel.lb.LoadMetric;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Load as what one more request is expected to cost: the node's recent latency, times the requests
 * that would be in flight, times a penalty for failing.
 *
 * <pre>
 * load = latency * (1 + penalty * failing) * (inFlight + 1)
 * </pre>
 *
 * <ul>
 *   <li><b>latency</b> is an exponentially weighted moving average over time that jumps to a peak
 *       at once: a sample above it replaces it; one below is averaged in with weight 1 -
 *       exp(-dt/tau), where dt is the time since the last sample. After Finagle's peak EWMA. It
 *       counts nanoseconds.
 *   <li><b>failing</b> is the share of recent requests that failed, averaged over time in the same
 *       way, with a weight of at least 1/32 for each request. A failure counts here and not as a
 *       latency (unless it was slow), so that a node which fails fast never looks fast. That the
 *       penalty is a factor keeps nodes comparable when all of them fail now and then; a fixed
 *       latency for each failure would, at low error rates, starve whichever node failed last.
 *   <li>While a node is <b>idle</b> its load decays with exp(-age/tau), so that one which was
 *       punished is tried again after tau * ln(its load / its peers' load).
 *   <li>A <b>new</b> node starts from the median of its peers. Where there are none, it looks free
 *       until it has a request in flight, and then busy until the first answer.
 *   <li>An endpoint that asked to be <b>spared</b> looks a thousand times as loaded for that time.
 *   <li>Where endpoints <b>report</b> their requests in flight, the load is multiplied with
 *       <pre>
 * ((inFlight + others + 1) / (inFlight + usual + 1))^2
 * </pre>
 *       where others is how many requests of other clients were in flight there by the latest
 *       report, and usual what that has been lately, averaged with weight 1 - exp(-dt/tau) and at
 *       least 1/16. As the report ages, others moves evenly to usual, until the report is as old as
 *       the node's latency: then the requests that it counted have ended. So a report says whether
 *       now is better or worse than the latency makes one expect. One that never changes says
 *       nothing, and endpoints that report can be compared with others that do not.
 * </ul>
 *
 * <p>Reading the load reads no clock; of samples that end at the same moment one may be lost.
 * Metrics of the same settings are equal.
 */
public final class PeakEwma implements LoadMetric {
  private final Duration tau;
  private final double failurePenalty;
  private final Decay decay;

  private PeakEwma(Builder builder) {
    this.tau = builder.tau;
    this.failurePenalty = builder.failurePenalty;
    this.decay = new Decay(tau.toNanos());
  }

  /** A time constant of 10 seconds and a failure penalty of 50. */
  public static PeakEwma ofDefaults() {
    return builder().build();
  }

  /** Begins a metric with other settings. */
  public static Builder builder() {
    return new Builder();
  }

  @Override
  public LoadMeter newMeter(Endpoint endpoint, double typicalLoad, long nowNanos) {
    return new PeakEwmaMeter(typicalLoad, failurePenalty, decay, nowNanos);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof PeakEwma that
        && tau.equals(that.tau)
        && Double.compare(failurePenalty, that.failurePenalty) == 0;
  }

  @Override
  public int hashCode() {
    return Objects.hash(tau, failurePenalty);
  }

  @Override
  public String toString() {
    return "PeakEwma[tau=" + tau + ", failurePenalty=" + failurePenalty + "]";
  }

  /** Builds a {@link PeakEwma}. Not thread-safe. */
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
     * How many times its latency a request costs on top of it if it is sure to fail. By default 50.
     *
     * @throws IllegalArgumentException unless it is from 0 to 1,000,000
     */
    public Builder failurePenalty(double factor) {
      this.failurePenalty = LatencyMeter.expectFailurePenalty(factor);
      return this;
    }

    /** The metric. */
    public PeakEwma build() {
      return new PeakEwma(this);
    }
  }
}
