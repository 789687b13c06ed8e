package io.evenkeel.lb.health.detect;

import io.evenkeel.lb.health.setting.Expect;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Suspects a node whose success rate over ten seconds is an outlier: below the mean of all by 1.9
 * standard deviations, which is Envoy's rule, or below their median by 6 times the median of the
 * distances from it. The first sees k equally bad nodes of n only while k/n is below 21.7 %, the
 * second up to half. Both also take what chance can do into account. At least 5 nodes need 100
 * requests each.
 */
public final class SuccessRate implements Detector {
  private static final Span SPAN = Span.TEN_SECONDS;
  private static final double DISTANCES = 6;

  private final double deviations;
  private final int nodes;
  private final int volume;

  private SuccessRate(double deviations, int nodes, int volume) {
    this.deviations = deviations;
    this.nodes = nodes;
    this.volume = volume;
  }

  /** Envoy's settings: 1.9 deviations, 5 nodes, 100 requests. */
  public static SuccessRate ofDefaults() {
    return of(1.9, 5, 100);
  }

  /**
   * With other settings.
   *
   * @param deviations from 0.5 to 10
   * @param nodes how many nodes must have the volume, at least 3
   * @param volume how many requests a node must have had, at least 10
   * @throws IllegalArgumentException if one is not in its range
   */
  public static SuccessRate of(double deviations, int nodes, int volume) {
    return new SuccessRate(
        Expect.within("deviations", deviations, 0.5, 10.0),
        Expect.within("nodes", nodes, 3, Integer.MAX_VALUE),
        Expect.within("volume", volume, 10, Integer.MAX_VALUE));
  }

  @Override
  public @Nullable String suspects(int node, Cluster cluster) {
    Counts own = cluster.node(node).in(SPAN);
    if (own.failures() == 0 || own.requests() < volume || !cluster.node(node).isSpread(SPAN)) {
      return null;
    }
    Rates rates = cluster.successRates(SPAN, volume);
    if (rates.size() < nodes) {
      return null;
    }
    double rate = 1 - own.failureRatio();
    double others = cluster.othersFailureRatio(node, SPAN);
    if (rate >= Math.max(byMean(rates), byMedian(rates))
        || Evidence.against(own, others) < Evidence.ENOUGH) {
      return null;
    }
    return String.format(
        Locale.ROOT,
        "%.1f %% of %d requests in %d s succeeded, an outlier",
        100 * rate,
        own.requests(),
        SPAN.seconds());
  }

  /** Below which rate a node is an outlier by mean and standard deviation. */
  double byMean(Rates rates) {
    return rates.mean() - deviations * rates.deviation();
  }

  /** Below which rate a node is an outlier by medians. */
  static double byMedian(Rates rates) {
    return rates.median() - DISTANCES * rates.distance();
  }

  @Override
  public String toString() {
    return "SuccessRate[" + deviations + " deviations, " + nodes + " nodes of " + volume + "]";
  }
}
