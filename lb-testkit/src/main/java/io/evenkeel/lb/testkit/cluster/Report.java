package io.evenkeel.lb.testkit.cluster;

import io.evenkeel.lb.Outcome;
import java.util.Locale;
import java.util.Map;
import org.HdrHistogram.Histogram;

/** Results as text for people. */
final class Report {
  private static final int SERVERS = 20;
  private static final String HEAD =
      "%-12s %9s %7s %8s %10s %10s %9s %9s %6s\n"
          .formatted(
              "server",
              "attempts",
              "share",
              "failed",
              "p50 ms",
              "p99 ms",
              "busy",
              "in flight",
              "most");

  private Report() {}

  static String of(ClusterResult result) {
    StringBuilder text = new StringBuilder();
    text.append(result.cluster()).append(", seed ").append(result.seed()).append('\n');
    text.append(
        format(
            "%d requests in %.1f s: %d succeeded (%.3f %%), %d failed%s; %d retries\n",
            result.requests(),
            result.duration().toNanos() / 1e9,
            result.succeeded(),
            100.0 * result.succeeded() / Math.max(1, result.requests()),
            result.failed(),
            reasons(result),
            result.retries()));
    Histogram latency = result.latency();
    text.append(
        format(
            "latency in ms: mean %.3f, p50 %.3f, p90 %.3f, p99 %.3f, p99.9 %.3f, most %.3f\n",
            result.mean().toNanos() / 1e6,
            percentile(latency, 50),
            percentile(latency, 90),
            percentile(latency, 99),
            percentile(latency, 99.9),
            latency.getMaxValue() / 1e6));
    text.append(HEAD);
    result.servers().stream().limit(SERVERS).forEach(server -> text.append(line(server)));
    if (result.servers().size() > SERVERS) {
      text.append(result.servers().size() - SERVERS).append(" more\n");
    }
    return text.toString();
  }

  /** Servers in short: those that are alike and follow one another are named together. */
  static String of(Map<String, Server> servers) {
    StringBuilder text = new StringBuilder("{");
    String first = "";
    String last = "";
    Server kind = null;
    for (Map.Entry<String, Server> each : servers.entrySet()) {
      if (each.getValue() != kind) {
        text.append(kind == null ? "" : group(first, last, kind) + ", ");
        first = each.getKey();
        kind = each.getValue();
      }
      last = each.getKey();
    }
    return text.append(kind == null ? "" : group(first, last, kind)).append('}').toString();
  }

  private static String group(String first, String last, Server kind) {
    return (first.equals(last) ? first : first + ".." + last) + ": " + kind;
  }

  static String line(ServerResult server) {
    Histogram latency = server.latency();
    return format(
        "%-12s %9d %6.2f%% %8d %10.3f %10.3f %8.1f%% %9.2f %6d\n",
        server.name(),
        server.attempts(),
        100 * server.share(),
        server.failed(),
        percentile(latency, 50),
        percentile(latency, 99),
        100 * server.utilisation(),
        server.meanInFlight(),
        server.mostInFlight());
  }

  private static String reasons(ClusterResult result) {
    StringBuilder reasons = new StringBuilder();
    for (Outcome outcome : Outcome.values()) {
      if (outcome != Outcome.SUCCESS) {
        add(reasons, result.ended(outcome), outcome.toString());
      }
    }
    add(reasons, result.noEndpoint(), "no endpoint");
    return reasons.isEmpty() ? "" : reasons.append(')').toString();
  }

  private static void add(StringBuilder reasons, long count, String reason) {
    if (count > 0) {
      reasons.append(reasons.isEmpty() ? " (" : ", ").append(count).append(' ').append(reason);
    }
  }

  private static double percentile(Histogram latency, double percentage) {
    return latency.getValueAtPercentile(percentage) / 1e6;
  }

  private static String format(String format, Object... arguments) {
    return String.format(Locale.ROOT, format, arguments);
  }
}
