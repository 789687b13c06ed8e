package io.evenkeel.lb.health.detect;

import io.evenkeel.lb.health.setting.Expect;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Suspects a node of which so many requests in a row have failed. As many as that are rare by
 * chance only while failures are: of m in a row at a failure ratio p there is one run in (p^-m -
 * 1)/(1-p) requests, and 5 at 30 % come every 586. So more are needed where the others fail as
 * well: as many as make a run by chance as rare as one in a million.
 */
public final class FailuresInARow implements Detector {
  private static final int TYPICAL = 5;

  private final int least;
  private final boolean connectsOnly;

  private FailuresInARow(int least, boolean connectsOnly) {
    this.least = least;
    this.connectsOnly = connectsOnly;
  }

  /**
   * Of any kind, as many as this at least. 5 is a good number.
   *
   * @throws IllegalArgumentException unless it is from 1 to 64
   */
  public static FailuresInARow of(int least) {
    return new FailuresInARow(Expect.within("least", least, 1, Traffic.HISTORY), false);
  }

  /**
   * Of requests that never reached the endpoint, because no connection could be made; as many as
   * this at least. 2 is a good number: nobody listens there.
   *
   * @throws IllegalArgumentException unless it is from 1 to 64
   */
  public static FailuresInARow toConnect(int least) {
    return new FailuresInARow(Expect.within("least", least, 1, Traffic.HISTORY), true);
  }

  @Override
  public @Nullable String suspects(int node, Cluster cluster) {
    Traffic own = cluster.node(node);
    int inARow = connectsOnly ? own.unreachableInARow() : own.failuresInARow();
    if (inARow < least) {
      return null;
    }
    double others =
        Math.max(
            cluster.othersFailureRatio(node, Span.TEN_SECONDS),
            cluster.othersRecentRatio(node, inARow));
    // A lower number than the typical one says that each failure weighs more, a higher one less.
    long needed = (long) Evidence.inARow(others) * least / TYPICAL;
    if (inARow < needed) {
      return null;
    }
    return String.format(
        Locale.ROOT,
        "%d %s in a row (others fail at most %.1f %%)",
        inARow,
        connectsOnly ? "failures to connect" : "failures",
        100 * others);
  }

  @Override
  public String toString() {
    return (connectsOnly ? "FailuresToConnectInARow[" : "FailuresInARow[") + least + "]";
  }
}
