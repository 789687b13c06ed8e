package io.evenkeel.example;

import io.evenkeel.example.Figures.Mark;
import java.util.List;

/**
 * The ground of a chart over time: turns seconds into horizontal pixels, and draws what all charts
 * have in common.
 *
 * @param top of the plot, in pixels from the top of the picture
 * @param height of the plot
 * @param seconds at its right edge
 */
record Frame(double top, double height, double seconds) {
  static final double WIDTH = 960;
  static final double LEFT = 66;
  static final double RIGHT = 822;

  double x(double second) {
    return LEFT + (RIGHT - LEFT) * Math.min(1, second / seconds);
  }

  double bottom() {
    return top + height;
  }

  /** Opens the picture; the title is for people who cannot see it. */
  static String open(double height, String title) {
    return Text.format(
        "<svg viewBox=\"0 0 %.0f %.0f\" role=\"img\" aria-label=\"%s\">\n",
        WIDTH, height, Text.escape(title));
  }

  /** A horizontal line with its label on the left. */
  String rule(double y, String label) {
    return Text.format(
            "<line class=\"grid\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%.1f\" y2=\"%.1f\"/>",
            LEFT, RIGHT, y, y)
        + Text.format(
            "<text class=\"left\" x=\"%.1f\" y=\"%.1f\">%s</text>%n",
            LEFT - 8, y + 4, Text.escape(label));
  }

  /** Labels for the seconds, below the plot. */
  String secondsAxis() {
    double step = step(seconds);
    StringBuilder svg = new StringBuilder();
    for (double second = 0; second <= seconds * 1.0001; second += step) {
      svg.append(
          Text.format(
              "<text class=\"middle\" x=\"%.1f\" y=\"%.1f\">%s s</text>%n",
              x(second), bottom() + 18, Text.number(second)));
    }
    return svg.toString();
  }

  /** A round number of seconds that goes into the run about six to twelve times. */
  private static double step(double seconds) {
    for (double magnitude = 0.1; ; magnitude *= 10) {
      for (double factor : new double[] {1, 2, 5}) {
        if (seconds / (factor * magnitude) <= 12) {
          return factor * magnitude;
        }
      }
    }
  }

  /** A numbered line for each fault. */
  String faults(List<Mark> marks) {
    StringBuilder svg = new StringBuilder();
    for (int i = 0; i < marks.size(); i++) {
      Mark mark = marks.get(i);
      double x = x(mark.second());
      svg.append(
          Text.format(
              "<g><title>%s</title><line class=\"fault\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%.1f\""
                  + " y2=\"%.1f\"/><circle class=\"dot\" cx=\"%.1f\" cy=\"%.1f\" r=\"9\"/><text"
                  + " class=\"number\" x=\"%.1f\" y=\"%.1f\">%d</text></g>%n",
              Text.escape(Text.format("%.1f s: %s", mark.second(), mark)),
              x,
              x,
              top,
              bottom(),
              x,
              top - 11,
              x,
              top - 7,
              i + 1));
    }
    return svg.toString();
  }
}
