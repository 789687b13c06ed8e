package io.evenkeel.lb.health.detect;

import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/**
 * The traffic of all nodes of a balancer at one moment, so that each can be held against the
 * others. What is said of the others is a median by requests, which the lesser half cannot move:
 * means and deviations are blind where several nodes are bad, or where there are few.
 *
 * <p>Not thread-safe: what is asked for more than once is worked out once.
 */
public final class Cluster {
  /** Fewer of the latest outcomes would say little. */
  private static final int FEWEST_LATEST = 8;

  private final List<Traffic> nodes;
  private final Map<Span, Others> failures = new EnumMap<>(Span.class);
  private final Map<Span, Others> latencies = new EnumMap<>(Span.class);
  private final Map<Integer, Others> recent = new HashMap<>();
  private final Map<Volume, Rates> rates = new HashMap<>();

  private record Volume(Span span, long requests) {}

  private Cluster(List<Traffic> nodes) {
    this.nodes = nodes;
  }

  /** Of the traffic of each node that requests may be sent to. */
  public static Cluster of(List<Traffic> nodes) {
    return new Cluster(List.copyOf(nodes));
  }

  /** How many nodes there are. */
  public int size() {
    return nodes.size();
  }

  /** The traffic of a node. */
  public Traffic node(int index) {
    return nodes.get(index);
  }

  /**
   * What failure ratio the requests of a span let one expect of nodes other than this. It errs to
   * the high side, the more the fewer requests there were; without any it is 0.68.
   */
  public double othersFailureRatio(int node, Span span) {
    Others ratios =
        failures.computeIfAbsent(
            span,
            key ->
                others(
                    each -> each.in(key).failureRatio(), each -> (double) each.in(key).requests()));
    double requests = ratios.weight(node);
    double seen = requests == 0 ? 0 : ratios.median(node);
    double smoothed =
        (seen * requests + Evidence.PRIOR_RATIO * Evidence.PRIOR_REQUESTS)
            / (requests + Evidence.PRIOR_REQUESTS);
    return Evidence.upper(Math.max(seen, smoothed), requests + Evidence.PRIOR_REQUESTS);
  }

  /**
   * What failure ratio the latest requests to nodes other than this let one expect; 0 if the median
   * node had no failure among them. It errs to the high side. Not late by any span, so it shows at
   * once when all begin to fail.
   *
   * @param latest how many of each node; rounded up to 8, 16, 32 or 64
   */
  public double othersRecentRatio(int node, int latest) {
    int rounded = FEWEST_LATEST;
    while (rounded < Math.min(latest, Traffic.HISTORY)) {
      rounded *= 2;
    }
    Others ratios =
        recent.computeIfAbsent(
            rounded, key -> others(each -> each.recentRatio(key), each -> each.known(key)));
    double median = ratios.median(node);
    return median > 0 ? Evidence.upper(median, ratios.weight(node)) : 0;
  }

  /** The median of the others' mean latencies in a span, in nanoseconds; NaN if none has any. */
  public double othersLatencyNanos(int node, Span span) {
    return latencies
        .computeIfAbsent(
            span,
            key ->
                others(
                    each -> each.in(key).meanLatencyNanos(),
                    each -> (double) each.in(key).successes()))
        .median(node);
  }

  /** The success rates in a span of all nodes with at least so many requests in it. */
  Rates successRates(Span span, long requests) {
    return rates.computeIfAbsent(
        new Volume(span, requests),
        key ->
            Rates.of(
                nodes.stream()
                    .map(each -> each.in(key.span))
                    .filter(counts -> counts.requests() >= key.requests)
                    .mapToDouble(counts -> 1 - counts.failureRatio())
                    .toArray()));
  }

  private Others others(ToDoubleFunction<Traffic> figure, ToDoubleFunction<Traffic> weight) {
    return new Others(
        nodes.stream().mapToDouble(figure).toArray(), nodes.stream().mapToDouble(weight).toArray());
  }
}
