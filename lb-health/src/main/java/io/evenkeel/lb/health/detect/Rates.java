package io.evenkeel.lb.health.detect;

import java.util.Arrays;

/**
 * What is usual among success rates.
 *
 * @param size how many there are
 * @param mean of them
 * @param deviation their standard deviation
 * @param median of them
 * @param distance the median of their distances from the median
 */
record Rates(int size, double mean, double deviation, double median, double distance) {
  static Rates of(double[] rates) {
    if (rates.length == 0) {
      return new Rates(0, 1, 0, 1, 0);
    }
    double mean = Arrays.stream(rates).average().orElse(1);
    double variance =
        Arrays.stream(rates).map(each -> (each - mean) * (each - mean)).average().orElse(0);
    double median = median(rates);
    double distance = median(Arrays.stream(rates).map(each -> Math.abs(each - median)).toArray());
    return new Rates(rates.length, mean, Math.sqrt(variance), median, distance);
  }

  private static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int half = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
  }
}
