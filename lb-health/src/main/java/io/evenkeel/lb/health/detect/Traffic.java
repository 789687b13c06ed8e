package io.evenkeel.lb.health.detect;

/**
 * What the traffic of a node shows at one moment.
 *
 * @param oneSecond the requests that ended in the last second
 * @param threeSeconds those of the last three
 * @param tenSeconds those of the last ten
 * @param history the last 64 outcomes, a bit each, the latest lowest; 1 is a failure
 * @param unreachableInARow of how many of the latest outcomes, without a gap, the reason was that
 *     no connection could be made
 * @param stalledNanos for how long there have been requests in flight of which none has ended; 0 if
 *     there are none
 * @param waiting how many requests in flight there are more than at the quietest moment of the last
 *     three seconds: the others may be long ones, such as streams
 */
public record Traffic(
    Counts oneSecond,
    Counts threeSeconds,
    Counts tenSeconds,
    long history,
    int unreachableInARow,
    long stalledNanos,
    int waiting) {
  /** How many outcomes the history has. */
  public static final int HISTORY = 64;

  /** No requests at all. */
  public static final Traffic NONE = new Traffic(Counts.NONE, Counts.NONE, Counts.NONE, 0, 0, 0, 0);

  /** The requests that ended in a span. */
  public Counts in(Span span) {
    return switch (span) {
      case ONE_SECOND -> oneSecond;
      case THREE_SECONDS -> threeSeconds;
      case TEN_SECONDS -> tenSeconds;
    };
  }

  /**
   * Whether the failures of a span are spread over it. If most are in its latest part, the part has
   * to be judged by itself: in the whole of it, others that had their requests earlier would look
   * better although all fail since then.
   */
  boolean isSpread(Span span) {
    return switch (span) {
      case ONE_SECOND -> true;
      case THREE_SECONDS -> 3 * oneSecond.failures() < 2 * threeSeconds.failures();
      case TEN_SECONDS -> 3 * threeSeconds.failures() < 2 * tenSeconds.failures();
    };
  }

  /** How many of the latest outcomes, without a gap, were failures; at most 64. */
  public int failuresInARow() {
    return Long.numberOfTrailingZeros(~history);
  }

  /** How many of that many latest outcomes are known: fewer where there were fewer requests. */
  int known(int latest) {
    return (int) Math.min(latest, tenSeconds.requests());
  }

  /** Which share of that many latest outcomes were failures; NaN if none is known. */
  double recentRatio(int latest) {
    int known = known(latest);
    long mask = known == HISTORY ? -1L : (1L << known) - 1;
    return known == 0 ? Double.NaN : (double) Long.bitCount(history & mask) / known;
  }
}
