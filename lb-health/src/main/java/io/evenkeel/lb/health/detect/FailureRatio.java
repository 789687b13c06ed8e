package io.evenkeel.lb.health.detect;

import io.evenkeel.lb.health.setting.Expect;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Suspects a node of which too large a share of the requests fails: more than a threshold, and
 * surely more than of the others, within one, three or ten seconds. Finds nodes that fail now and
 * then, to which runs of failures are blind, in clusters of two nodes and more. That all fail more
 * often than usual is no reason.
 */
public final class FailureRatio implements Detector {
  private static final double MARGIN = 0.1;

  /** So many of the others' latest outcomes show that all have just begun to fail. */
  private static final int RECENT = 32;

  private final double threshold;
  private final int volume;

  private FailureRatio(double threshold, int volume) {
    this.threshold = threshold;
    this.volume = volume;
  }

  /** A threshold of 0.1, and 5 requests at least. */
  public static FailureRatio ofDefaults() {
    return of(0.1, 5);
  }

  /**
   * With other settings.
   *
   * @param threshold the failure ratio that is still good, from 0.01 to 1
   * @param volume with fewer requests than this in a span it is not looked at; at least 1
   * @throws IllegalArgumentException if one is not in its range
   */
  public static FailureRatio of(double threshold, int volume) {
    return new FailureRatio(
        Expect.within("threshold", threshold, 0.01, 1.0),
        Expect.within("volume", volume, 1, Integer.MAX_VALUE));
  }

  @Override
  public @Nullable String suspects(int node, Cluster cluster) {
    for (Span span : Span.values()) {
      Counts own = cluster.node(node).in(span);
      double ratio = own.failureRatio();
      if (own.requests() < volume || ratio < threshold || !cluster.node(node).isSpread(span)) {
        continue;
      }
      // A short span may hold too few requests to others to show that they fail as well.
      double others =
          Math.max(
              cluster.othersRecentRatio(node, RECENT),
              Math.max(
                  cluster.othersFailureRatio(node, span),
                  cluster.othersFailureRatio(node, Span.TEN_SECONDS)));
      if (ratio >= others + MARGIN && Evidence.against(own, others) >= Evidence.ENOUGH) {
        return String.format(
            Locale.ROOT,
            "%.0f %% of %d requests in %d s failed (others fail at most %.1f %%)",
            100 * ratio,
            own.requests(),
            span.seconds(),
            100 * others);
      }
    }
    return null;
  }

  @Override
  public String toString() {
    return "FailureRatio[" + threshold + " of " + volume + "]";
  }
}
