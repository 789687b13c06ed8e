package io.evenkeel.example;

import io.evenkeel.example.Figures.Mark;
import io.evenkeel.example.Figures.OfEndpoint;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What came out, for people: both runs side by side, and how to read them. */
final class Summary {
  private static final int MAX_CHANGES = 20;
  private static final String TOTAL = "  %-14s %16s %16s";

  private final Figures ours;
  private final @Nullable Figures baseline;
  private final List<String> lines = new ArrayList<>();

  private Summary(Figures ours, @Nullable Figures baseline) {
    this.ours = ours;
    this.baseline = baseline;
  }

  /** The lines to print. */
  static List<String> of(Settings settings, Figures ours, @Nullable Figures baseline) {
    Summary summary = new Summary(ours, baseline);
    summary.totals();
    summary.endpoints();
    summary.lines.add("");
    notes(settings, ours, baseline).forEach(note -> summary.lines.add("- " + note));
    return summary.lines;
  }

  private void totals() {
    lines.add("");
    lines.add(Text.format(TOTAL, "", ours.strategy(), baseline == null ? "" : "baseline"));
    total("strategy", Figures::strategy);
    total("ran", run -> Text.format("%.1f s", run.seconds()));
    total("requests", run -> Long.toString(run.requests()));
    total("failed", run -> Long.toString(run.failed()));
    total("succeeded", run -> Text.format("%.2f %%", 100 * run.successShare()));
    total("p50", run -> Text.millis(run.p50Millis()));
    total("p99", run -> Text.millis(run.p99Millis()));
    total("p99.9", run -> Text.millis(run.p999Millis()));
  }

  private void total(String name, Function<Figures, String> figure) {
    String second = baseline == null ? "" : figure.apply(baseline);
    lines.add(Text.format(TOTAL, name, figure.apply(ours), second).stripTrailing());
  }

  private void endpoints() {
    int width = 8;
    for (OfEndpoint endpoint : ours.endpoints()) {
      width = Math.max(width, Text.id(endpoint.id()).length());
    }
    String row = "  %-" + width + "s  %7s %9s %9s %7s";
    String second = "   |%7s %9s %9s %7s";
    lines.add("");
    String head = Text.format(row, "", "share", "p50", "p99", "errors");
    lines.add(
        baseline == null
            ? head
            : head + Text.format(second, "share", "p50", "p99", "errors") + "  (baseline)");
    for (int i = 0; i < ours.endpoints().size(); i++) {
      OfEndpoint left = ours.endpoints().get(i);
      String line =
          Text.format(
              row,
              Text.id(left.id()),
              Text.percent(left.share()),
              Text.millis(left.p50Millis()),
              Text.millis(left.p99Millis()),
              left.failed());
      if (baseline != null) {
        OfEndpoint right = baseline.endpoints().get(i);
        line +=
            Text.format(
                second,
                Text.percent(right.share()),
                Text.millis(right.p50Millis()),
                Text.millis(right.p99Millis()),
                right.failed());
      }
      lines.add(line);
    }
  }

  /** What a reader has to know to judge the figures. */
  static List<String> notes(Settings settings, Figures ours, @Nullable Figures baseline) {
    List<String> notes = new ArrayList<>();
    notes.add(settings.strategyName() + " is " + settings.strategy());
    if (baseline == null) {
      notes.add("interrupted before the baseline ran");
    } else {
      double ratio = baseline.p99Millis() / ours.p99Millis();
      if (Double.isFinite(ratio)) {
        notes.add(
            Text.format(
                "p99 is %.1f times %s than with round robin",
                ratio >= 1 ? ratio : 1 / ratio, ratio >= 1 ? "lower" : "higher"));
      }
      notes.add(
          settings.ownServers()
              ? "the baseline is a run of its own: fresh servers, same arrivals, same faults"
              : "the baseline is a run of its own, with the same arrivals");
    }
    notes.add("traffic that warms up the JVMs comes before each run and is not counted");
    notes.add("latency counts from when a request was due, over those that succeeded");
    if (!ours.marks().isEmpty()) {
      notes.add(
          "what happened: "
              + ours.marks().stream().map(Summary::when).collect(Collectors.joining(", ")));
      notes.add(
          ours.calls() == null
              ? "nothing is retried: a request that meets the dead server has failed"
              : "the baseline retries nothing: a request that meets the dead server has failed");
    }
    if (ours.calls() != null) {
      notes.add(ours.calls().toString());
      Loss loss = Loss.of(ours);
      if (settings.ownServers() && loss.requests() > 0) {
        notes.add(loss.toString());
      }
    }
    Reaction.of(ours, settings.rate()).forEach(reaction -> notes.add(reaction.toString()));
    changes(ours, notes);
    long overflowed = ours.overflowed() + (baseline == null ? 0 : baseline.overflowed());
    if (overflowed > 0) {
      notes.add(
          overflowed
              + " requests were given up at once, because "
              + OpenLoop.MAX_IN_FLIGHT
              + " were in flight");
    }
    return notes;
  }

  /** What was thought of the servers. */
  private static void changes(Figures run, List<String> notes) {
    run.changes().stream()
        .filter(change -> change.second() > 0)
        .limit(MAX_CHANGES)
        .forEach(change -> notes.add(Text.format("%.1f s %s", change.second(), change)));
  }

  private static String when(Mark mark) {
    return Text.format("%.1f s %s", mark.second(), mark);
  }
}
