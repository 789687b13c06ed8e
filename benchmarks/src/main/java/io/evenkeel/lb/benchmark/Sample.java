package io.evenkeel.lb.benchmark;

import java.util.List;
import java.util.Locale;

/**
 * A figure that chance is in.
 *
 * @param deviation the standard deviation of a single measurement, not of the mean; 0 of one alone
 */
record Sample(double mean, double deviation) {
  /** Of measurements with different seeds. */
  static Sample of(List<Double> values) {
    double sum = values.stream().mapToDouble(value -> value).sum();
    double mean = sum / values.size();
    double squares = values.stream().mapToDouble(value -> (value - mean) * (value - mean)).sum();
    return new Sample(mean, Math.sqrt(squares / Math.max(1, values.size() - 1)));
  }

  /** The mean, and the deviation if there is any. */
  @Override
  public String toString() {
    return deviation == 0
        ? String.format(Locale.ROOT, "%.3f", mean)
        : String.format(Locale.ROOT, "%.3f ± %.3f", mean, deviation);
  }
}
