package io.evenkeel.example;

import static java.util.Objects.requireNonNull;

import io.evenkeel.example.Figures.Mark;
import io.evenkeel.example.Figures.OfEndpoint;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The figures as one page that needs nothing else: styles and charts are in it. It is well-formed
 * XML as well, and all text that is not ours is escaped.
 */
final class Report {
  private final Settings settings;
  private final Figures ours;
  private final @Nullable Figures baseline;
  private final StringBuilder html = new StringBuilder();

  private Report(Settings settings, Figures ours, @Nullable Figures baseline) {
    this.settings = settings;
    this.ours = ours;
    this.baseline = baseline;
  }

  static String of(Settings settings, Figures ours, @Nullable Figures baseline) throws IOException {
    Report report = new Report(settings, ours, baseline);
    report.head();
    report.tiles();
    report.charts();
    report.table();
    report.notes();
    return report.html.append("</main>\n</body>\n</html>\n").toString();
  }

  private void head() throws IOException {
    html.append("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n");
    html.append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n");
    html.append("<title>Evenkeel demo</title>\n<style>\n");
    html.append(styles()).append("</style>\n</head>\n<body>\n<main>\n");
    html.append("<h1>").append(Text.escape(headline())).append("</h1>\n<p class=\"sub\">");
    html.append(
        Text.format(
            "%d requests/s for %d s through OkHttp to %d servers%s, seed %d",
            settings.rate(),
            settings.seconds(),
            ours.endpoints().size(),
            settings.ownServers() ? " on loopback" : "",
            settings.seed()));
    html.append("</p>\n");
  }

  private String headline() {
    double ratio = baseline == null ? Double.NaN : baseline.p99Millis() / ours.p99Millis();
    if (!Double.isFinite(ratio)) {
      return "Strategy " + ours.strategy();
    }
    return ratio >= 1
        ? Text.format("p99 %.1f times lower than with round robin", ratio)
        : Text.format("p99 %.1f times higher than with round robin", 1 / ratio);
  }

  private void tiles() {
    html.append("<div class=\"tiles\">\n");
    tile("Requests that succeeded", run -> Text.format("%.2f %%", 100 * run.successShare()));
    tile("p50", run -> Text.millis(run.p50Millis()));
    tile("p99", run -> Text.millis(run.p99Millis()));
    tile("p99.9", run -> Text.millis(run.p999Millis()));
    html.append("</div>\n");
  }

  private void tile(String name, Function<Figures, String> figure) {
    html.append("<div class=\"tile\"><div class=\"name\">").append(name).append("</div>");
    html.append("<div class=\"pair\">");
    half("ours", figure.apply(ours), ours.strategy());
    if (baseline != null) {
      half("base", figure.apply(baseline), baseline.strategy());
    }
    html.append("</div></div>\n");
  }

  private void half(String whose, String figure, String strategy) {
    html.append(
        Text.format(
            "<div class=\"%s\"><b>%s</b><span>%s</span></div>",
            whose, figure, Text.escape(strategy)));
  }

  private void charts() {
    html.append("<section>\n<h2>Latency over time</h2>\n<p class=\"sub\">From when a request was");
    html.append(" due to the end of its answer, of requests that succeeded.</p>\n");
    html.append(LatencyChart.of(ours, baseline));
    faults();
    html.append("</section>\n<section>\n<h2>Share per endpoint over time</h2>\n");
    html.append("<p class=\"sub\">Where the requests went, failed ones included.</p>\n");
    html.append(ShareChart.of(ours));
    if (baseline != null) {
      html.append(ShareChart.of(baseline));
    }
    faults();
    html.append("</section>\n");
  }

  private void faults() {
    List<Mark> marks = ours.marks();
    if (marks.isEmpty()) {
      return;
    }
    html.append("<ol class=\"faults\">\n");
    for (int i = 0; i < marks.size(); i++) {
      html.append(
          Text.format(
              "<li><b>%d</b>%s at %.1f s</li>%n",
              i + 1, Text.escape(marks.get(i).toString()), marks.get(i).second()));
    }
    html.append("</ol>\n");
  }

  private void table() {
    html.append(
        "<section>\n<h2>Summary</h2>\n<div class=\"scroll\"><table>\n<thead>\n<tr><th></th>");
    heading("ours", ours);
    if (baseline != null) {
      heading("base", baseline);
    }
    String columns =
        "<th class=\"split\">requests</th><th>share</th><th>p50</th><th>p99</th><th>errors</th>";
    html.append("</tr>\n<tr><th>endpoint</th>").append(columns);
    html.append(baseline == null ? "" : columns).append("</tr>\n</thead>\n<tbody>\n");
    for (int i = 0; i < ours.endpoints().size(); i++) {
      html.append("<tr><td>").append(Text.escape(ours.endpoints().get(i).id())).append("</td>");
      cells(ours.endpoints().get(i));
      if (baseline != null) {
        cells(baseline.endpoints().get(i));
      }
      html.append("</tr>\n");
    }
    html.append("<tr class=\"total\"><td>all</td>");
    cells(all(ours));
    if (baseline != null) {
      cells(all(baseline));
    }
    html.append("</tr>\n</tbody>\n</table></div>\n</section>\n");
  }

  private void heading(String whose, Figures run) {
    html.append(
        Text.format(
            "<th class=\"split %s\" colspan=\"5\">%s</th>", whose, Text.escape(run.strategy())));
  }

  private static OfEndpoint all(Figures run) {
    return new OfEndpoint(
        "all", run.requests(), run.succeeded(), 1, run.p50Millis(), run.p99Millis());
  }

  private void cells(OfEndpoint figures) {
    html.append(
        Text.format(
            "<td class=\"split\">%d</td><td>%s</td><td>%s</td><td>%s</td><td>%d</td>",
            figures.requests(),
            Text.percent(figures.share()),
            Text.millis(figures.p50Millis()),
            Text.millis(figures.p99Millis()),
            figures.failed()));
  }

  private void notes() {
    html.append("<section>\n<h2>How to read this</h2>\n<ul>\n");
    for (String note : Summary.notes(settings, ours, baseline)) {
      html.append("<li>").append(Text.escape(note)).append("</li>\n");
    }
    html.append("</ul>\n</section>\n");
  }

  private static String styles() throws IOException {
    try (InputStream styles = Report.class.getResourceAsStream("report.css")) {
      return new String(requireNonNull(styles).readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
