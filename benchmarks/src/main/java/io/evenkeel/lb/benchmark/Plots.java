package io.evenkeel.lb.benchmark;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.BitmapEncoder.BitmapFormat;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategoryChartBuilder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.internal.chartpart.Chart;
import org.knowm.xchart.style.Styler.LegendPosition;

/** Pictures for people who would rather look than read. */
final class Plots {
  private static final int WIDTH = 1100;
  private static final int HEIGHT = 600;

  static {
    // No screen is needed, and there may be none.
    System.setProperty("java.awt.headless", "true");
  }

  private Plots() {}

  /** Times in ms over load, one curve for each name. */
  static void curves(Path file, String title, Map<String, List<Double>> curves, List<Double> loads)
      throws IOException {
    XYChart chart =
        new XYChartBuilder()
            .width(WIDTH)
            .height(HEIGHT)
            .title(title)
            .xAxisTitle("load")
            .yAxisTitle("ms")
            .build();
    chart.getStyler().setYAxisLogarithmic(true).setLegendPosition(LegendPosition.OutsideE);
    curves.forEach((name, values) -> chart.addSeries(name, loads, values));
    write(chart, file);
  }

  /**
   * A group of bars for each place, and a bar in it for each name.
   *
   * @param most where higher bars are cut off; infinite for nowhere
   */
  static void bars(Path file, String title, double most, Map<String, Map<String, Double>> bars)
      throws IOException {
    CategoryChart chart =
        new CategoryChartBuilder()
            .width(WIDTH)
            .height(HEIGHT)
            .title(Double.isInfinite(most) ? title : title + " (cut off at " + most + ")")
            .build();
    if (!Double.isInfinite(most)) {
      chart.getStyler().setYAxisMax(most);
    }
    chart.getStyler().setXAxisLabelRotation(30);
    chart.getStyler().setLegendPosition(LegendPosition.OutsideE);
    bars.forEach(
        (name, values) ->
            chart.addSeries(
                name,
                new ArrayList<>(values.keySet()),
                values.values().stream().map(value -> Math.min(most, value)).toList()));
    write(chart, file);
  }

  private static void write(Chart<?, ?> chart, Path file) throws IOException {
    BitmapEncoder.saveBitmap(chart, file.toString(), BitmapFormat.PNG);
  }
}
