package io.evenkeel.lb.benchmark.peer;

import java.util.List;
import java.util.Locale;

/**
 * What one way to choose has made of the same requests. Times are in milliseconds, from when a
 * request was due to be sent to when its answer was read or it failed.
 *
 * @param sent how many requests were sent, without those to warm up
 * @param errors how many of them failed; their times are in the figures, too
 * @param perSecond answers without error for each second in which requests were sent
 * @param late by how much at most 99 % of requests were sent too late: where it is more than a few
 *     milliseconds, the machine was busy with something else, and the row says little
 */
record SocketRow(
    PeerPolicy policy,
    long sent,
    long answered,
    long errors,
    double perSecond,
    double mean,
    double p50,
    double p99,
    double p999,
    double late) {

  private static final List<String> TITLES =
      List.of(
          "policy", "goes by", "sent", "errors", "req/s", "mean", "p50", "p99", "p99.9", "late");

  /** A table of Markdown. */
  static String markdown(List<SocketRow> rows) {
    StringBuilder page = new StringBuilder();
    line(page, TITLES);
    line(page, TITLES.stream().map(title -> "---").toList());
    for (SocketRow row : rows) {
      line(
          page,
          List.of(
              readable(row.policy),
              readable(row.policy.trait()),
              Long.toString(row.sent),
              Long.toString(row.errors),
              number(row.perSecond),
              number(row.mean),
              number(row.p50),
              number(row.p99),
              number(row.p999),
              number(row.late)));
    }
    return page.toString();
  }

  /** An array of JSON. */
  static String json(List<SocketRow> rows) {
    StringBuilder json = new StringBuilder("[");
    String separator = "\n";
    for (SocketRow row : rows) {
      json.append(separator)
          .append(
              String.format(
                  Locale.ROOT,
                  "  {\"policy\": \"%s\", \"trait\": \"%s\", \"sent\": %d, \"answered\": %d,"
                      + " \"errors\": %d, \"perSecond\": %.3f, \"mean\": %.3f, \"p50\": %.3f,"
                      + " \"p99\": %.3f, \"p999\": %.3f,"
                      + " \"late\": %.3f}",
                  row.policy,
                  row.policy.trait(),
                  row.sent,
                  row.answered,
                  row.errors,
                  row.perSecond,
                  row.mean,
                  row.p50,
                  row.p99,
                  row.p999,
                  row.late));
      separator = ",\n";
    }
    return json.append("\n]\n").toString();
  }

  private static String readable(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', ' ');
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, "%.1f", value);
  }

  private static void line(StringBuilder page, List<String> cells) {
    page.append("| ").append(String.join(" | ", cells)).append(" |\n");
  }
}
