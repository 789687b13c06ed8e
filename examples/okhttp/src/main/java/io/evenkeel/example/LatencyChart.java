package io.evenkeel.example;

import io.evenkeel.example.Figures.Slice;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * Latency over time on a logarithmic scale, p50 and p99 of both runs. Which line is which is told
 * by its label, its dashes and its width, and not by its colour alone.
 */
final class LatencyChart {
  private static final double HEIGHT = 350;
  private static final double LABEL_GAP = 16;

  private final Frame frame;
  private final double low;
  private final double high;
  private final StringBuilder svg = new StringBuilder();
  private final List<Label> labels = new ArrayList<>();

  private record Label(double y, String style, String text) {}

  private LatencyChart(Frame frame, double low, double high) {
    this.frame = frame;
    this.low = low;
    this.high = high;
  }

  static String of(Figures ours, @Nullable Figures baseline) {
    double least = Double.MAX_VALUE;
    double most = 0;
    for (Figures run : baseline == null ? List.of(ours) : List.of(ours, baseline)) {
      for (Slice slice : run.slices()) {
        least = slice.p50Millis() < least ? slice.p50Millis() : least;
        most = slice.p99Millis() > most ? slice.p99Millis() : most;
      }
    }
    if (most == 0) {
      return "<p class=\"sub\">No request succeeded.</p>\n";
    }
    Frame frame = new Frame(34, HEIGHT - 34 - 28, ours.slices().get(ours.slices().size() - 1).to());
    LatencyChart chart = new LatencyChart(frame, Math.max(0.01, least * 0.8), most * 1.15);
    chart.svg.append(Frame.open(HEIGHT, "Latency over time of both runs"));
    chart.rules();
    chart.svg.append(frame.secondsAxis()).append(frame.faults(ours.marks()));
    if (baseline != null) {
      chart.series(baseline, "base", "p50", Slice::p50Millis);
      chart.series(baseline, "base", "p99", Slice::p99Millis);
    }
    chart.series(ours, "ours", "p50", Slice::p50Millis);
    chart.series(ours, "ours", "p99", Slice::p99Millis);
    chart.labels();
    return chart.svg.append("</svg>\n").toString();
  }

  private double y(double millis) {
    double part = Math.log(Math.max(millis, low) / low) / Math.log(high / low);
    return frame.bottom() - frame.height() * part;
  }

  private void rules() {
    for (double magnitude = 0.01; magnitude < high; magnitude *= 10) {
      for (double factor : new double[] {1, 2, 5}) {
        double millis = magnitude * factor;
        if (millis >= low && millis <= high) {
          svg.append(frame.rule(y(millis), Text.format("%s ms", Text.brief(millis))));
        }
      }
    }
  }

  /** A line; it is broken where nothing succeeded. */
  private void series(Figures run, String whose, String name, ToDoubleFunction<Slice> figure) {
    StringBuilder path = new StringBuilder();
    double last = Double.NaN;
    boolean pen = false;
    for (Slice slice : run.slices()) {
      double millis = figure.applyAsDouble(slice);
      if (Double.isNaN(millis)) {
        pen = false;
        continue;
      }
      double middle = (slice.from() + slice.to()) / 2;
      path.append(Text.format("%s%.1f %.1f", pen ? "L" : "M", frame.x(middle), y(millis)));
      pen = true;
      last = millis;
    }
    svg.append(
        Text.format("<path class=\"series %s %s\" d=\"%s\"/>%n", whose, name, path.toString()));
    if (!Double.isNaN(last)) {
      labels.add(new Label(y(last), whose + "-label", name + " " + run.strategy()));
    }
  }

  /** Names the lines at their right ends, moved apart where they would overlap. */
  private void labels() {
    labels.sort(Comparator.comparingDouble(Label::y));
    double floor = frame.bottom() - LABEL_GAP * (labels.size() - 1);
    double free = frame.top();
    for (Label label : labels) {
      double y = Math.max(free, Math.min(label.y(), floor));
      svg.append(
          Text.format(
              "<text class=\"%s\" x=\"%.1f\" y=\"%.1f\">%s</text>%n",
              label.style(), Frame.RIGHT + 8, y + 4, Text.escape(label.text())));
      free = y + LABEL_GAP;
      floor += LABEL_GAP;
    }
  }
}
