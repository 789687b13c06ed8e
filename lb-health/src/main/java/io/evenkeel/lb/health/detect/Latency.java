package io.evenkeel.lb.health.detect;

import io.evenkeel.lb.health.setting.Expect;
import java.time.Duration;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Suspects a node that is far slower than the others, or from which nothing comes back while they
 * answer: its requests in flight count by their age, as in LinkedIn's D2, since the slowest are not
 * seen otherwise until they end. A single request may be slow by itself, so it has to wait three
 * times as long as three together. Strategies that go by latency send such a node little anyway.
 */
public final class Latency implements Detector {
  private static final Span SPAN = Span.THREE_SECONDS;
  private static final int VOLUME = 10;

  /** So many requests that wait show as much as any number. */
  private static final int WITNESSES = 3;

  private final double factor;
  private final Duration floor;

  private Latency(double factor, Duration floor) {
    this.factor = factor;
    this.floor = floor;
  }

  /** Ten times the others' median, and no less than half a second. */
  public static Latency ofDefaults() {
    return of(10, Duration.ofMillis(500));
  }

  /**
   * With other settings. D2 takes 1.3 times the others' mean to send a node less; to send it
   * nothing takes more.
   *
   * @param factor how many times the others' median latency, from 1.3 to 1000
   * @param floor a latency that is still good, at least 0
   * @throws IllegalArgumentException if one is not in its range
   */
  public static Latency of(double factor, Duration floor) {
    Expect.that(!floor.isNegative(), "floor", floor, ">= PT0S");
    return new Latency(Expect.within("factor", factor, 1.3, 1000.0), floor);
  }

  @Override
  public @Nullable String suspects(int node, Cluster cluster) {
    Traffic own = cluster.node(node);
    Counts counts = own.in(SPAN);
    double mean = counts.successes() < VOLUME ? 0 : counts.meanLatencyNanos();
    double silence = (double) own.stalledNanos() * Math.min(own.waiting(), WITNESSES) / WITNESSES;
    double seen = Math.max(mean, silence);
    if (seen < floor.toNanos()) {
      return null;
    }
    double others = cluster.othersLatencyNanos(node, SPAN);
    if (!(seen >= factor * others)) {
      return null;
    }
    return seen > mean
        ? String.format(
            Locale.ROOT,
            "nothing came back of %d for %.0f ms (others take %.1f ms)",
            own.waiting(),
            own.stalledNanos() / 1e6,
            others / 1e6)
        : String.format(Locale.ROOT, "took %.0f ms (others %.1f ms)", mean / 1e6, others / 1e6);
  }

  @Override
  public String toString() {
    return "Latency[" + factor + " times, over " + floor + "]";
  }
}
