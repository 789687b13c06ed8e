package io.evenkeel.lb.benchmark.peer;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.evenkeel.lb.benchmark.Table;
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

  /** What the policy goes by. */
  @JsonProperty
  PeerPolicy.Trait trait() {
    return policy.trait();
  }

  /** A table of Markdown. */
  static String markdown(List<SocketRow> rows) {
    Table table = new Table(TITLES);
    rows.forEach(row -> table.row(row.cells()));
    return table.toString();
  }

  private List<String> cells() {
    return List.of(
        readable(policy),
        readable(trait()),
        Long.toString(sent),
        Long.toString(errors),
        number(perSecond),
        number(mean),
        number(p50),
        number(p99),
        number(p999),
        number(late));
  }

  private static String readable(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', ' ');
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, "%.1f", value);
  }
}
