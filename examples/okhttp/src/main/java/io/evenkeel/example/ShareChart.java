package io.evenkeel.example;

import io.evenkeel.example.Figures.Slice;
import java.util.ArrayList;
import java.util.List;

/**
 * Which share of a run's requests each endpoint got, over time, as bands on top of each other. A
 * band that is high enough has its endpoint's name in it.
 */
final class ShareChart {
  private static final double HEIGHT = 270;
  private static final double READABLE = 15;
  private static final int COLOURS = 7;

  private final Figures run;
  private final Frame frame;
  private final StringBuilder svg = new StringBuilder();

  private ShareChart(Figures run) {
    this.run = run;
    this.frame = new Frame(50, HEIGHT - 50 - 28, run.slices().get(run.slices().size() - 1).to());
  }

  static String of(Figures run) {
    ShareChart chart = new ShareChart(run);
    chart.draw();
    return chart.svg.toString();
  }

  private void draw() {
    svg.append(Frame.open(HEIGHT, "Share per endpoint over time, " + run.strategy()));
    svg.append(
        Text.format(
            "<text class=\"title\" x=\"%.1f\" y=\"16\">%s</text>%n",
            Frame.LEFT, Text.escape(run.strategy())));
    svg.append(frame.secondsAxis());
    for (int percent = 0; percent <= 100; percent += 25) {
      svg.append(frame.rule(y(percent / 100.0), percent + " %"));
    }
    List<Slice> slices = run.slices().stream().filter(slice -> sent(slice) > 0).toList();
    double[] floor = new double[slices.size()];
    for (int i = 0; i < run.endpoints().size(); i++) {
      band(i, slices, floor);
    }
    svg.append(frame.faults(run.marks())).append("</svg>\n");
  }

  /** Adds an endpoint's band on top of those before it. */
  private void band(int endpoint, List<Slice> slices, double[] floor) {
    List<String> above = new ArrayList<>();
    List<String> below = new ArrayList<>();
    double last = 0;
    double lastFloor = 0;
    for (int i = 0; i < floor.length; i++) {
      Slice slice = slices.get(i);
      double share = (double) slice.requests().get(endpoint) / sent(slice);
      // Steps from edge to edge of a slice: a share is of a whole slice, not of a moment.
      above.add(point(slice.from(), floor[i] + share));
      above.add(point(slice.to(), floor[i] + share));
      below.add(0, point(slice.from(), floor[i]));
      below.add(0, point(slice.to(), floor[i]));
      last = share;
      lastFloor = floor[i];
      floor[i] += share;
    }
    String id = Text.escape(Text.id(run.endpoints().get(endpoint).id()));
    svg.append(
        Text.format(
            "<polygon class=\"band b%d\" points=\"%s %s\"><title>%s</title></polygon>%n",
            endpoint % COLOURS, String.join(" ", above), String.join(" ", below), id));
    if (last * frame.height() >= READABLE) {
      svg.append(
          Text.format(
              "<text x=\"%.1f\" y=\"%.1f\">%s</text>%n",
              Frame.RIGHT + 8, y(lastFloor + last / 2) + 4, id));
    }
  }

  private String point(double second, double share) {
    return Text.format("%.1f,%.1f", frame.x(second), y(share));
  }

  private double y(double share) {
    return frame.bottom() - frame.height() * share;
  }

  private static long sent(Slice slice) {
    return slice.requests().stream().mapToLong(Long::longValue).sum();
  }
}
