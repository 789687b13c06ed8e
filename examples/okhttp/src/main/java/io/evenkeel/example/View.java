package io.evenkeel.example;

import io.evenkeel.example.Figures.Mark;
import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.Node;
import io.evenkeel.lb.Strategy;
import io.evenkeel.lb.health.Health;
import io.evenkeel.lb.load.PeakEwma;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A run in progress, as text: what the balancer knows of each endpoint and what became of requests.
 *
 * @param health how the endpoints are judged; null for not at all
 * @param ledger as of its latest tick
 */
record View(
    String name, Strategy strategy, Balancer balancer, @Nullable Health health, Ledger ledger) {
  private static final int MAX_ROWS = 20;

  /** The title, the head of the table, a row for each endpoint, and what happened last. */
  List<String> lines(double second, int seconds) {
    List<Node> nodes = balancer.nodes();
    int width = 8;
    long recent = 0;
    for (Node node : nodes) {
      width = Math.max(width, Text.id(node.endpoint().id()).length());
      recent += ledger.tally(node.endpoint().id()).recentRequests();
    }
    List<String> lines = new ArrayList<>();
    lines.add(Text.format("%s: %.1f of %d s", name, second, seconds));
    lines.add(
        Text.format(
            "  %-" + width + "s  %7s  %9s  %8s  %6s  %6s  %9s  %8s",
            "",
            "share",
            "p99",
            "requests",
            "errors",
            "weight",
            "in flight",
            "load"));
    for (Node node : nodes.subList(0, Math.min(nodes.size(), MAX_ROWS))) {
      String id = node.endpoint().id();
      Tally tally = ledger.tally(id);
      lines.add(
          Text.format(
              "  %-" + width + "s  %7s  %9s  %8d  %6d  %6s  %9d  %8s  %s",
              Text.id(id),
              recent == 0 ? "-" : Text.percent((double) tally.recentRequests() / recent),
              Text.millis(tally.recentP99()),
              tally.requests(),
              tally.failed,
              Text.number(node.weight()),
              node.inFlight(),
              load(node),
              state(id) + lastMark(id)));
    }
    if (nodes.size() > MAX_ROWS) {
      lines.add("  and " + (nodes.size() - MAX_ROWS) + " more");
    }
    return lines;
  }

  private String load(Node node) {
    return strategy.loadMetric() instanceof PeakEwma
        ? Text.millis(node.load() / 1e6)
        : Text.number(node.load());
  }

  /** What it may be used for, and why that is not everything. */
  private String state(String endpoint) {
    if (health == null) {
      return "";
    }
    return health.registry().endpoints().stream()
        .filter(each -> each.endpoint().id().equals(endpoint))
        .map(
            each ->
                Text.format("%-9s ", each.state())
                    + (each.why().isEmpty() ? "" : each.why() + "  "))
        .findFirst()
        .orElse("");
  }

  private String lastMark(String endpoint) {
    String last = "";
    for (Mark mark : ledger.marks()) {
      if (mark.endpoint().equals(endpoint)) {
        last = mark.kind().text;
      }
    }
    return last;
  }
}
