package io.evenkeel.lb.testkit.cluster;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Sums over spans of equal width from time 0 on. When time outgrows them, pairs of spans become one
 * of double width, so that a run of any length needs little memory.
 */
final class Buckets {
  private static final int MOST = 512;

  private final List<double[]> series = new ArrayList<>();
  private long width;

  Buckets(long width) {
    this.width = width;
  }

  long width() {
    return width;
  }

  /** A new series of sums, all 0. */
  double[] newSeries() {
    double[] sums = new double[MOST];
    series.add(sums);
    return sums;
  }

  /** Adds to the span that a time of at least 0 lies in. */
  void add(double[] sums, long time, double value) {
    sums[index(time)] += value;
  }

  /** Adds a height that held from one time to another, as an area: height times nanoseconds. */
  void addArea(double[] sums, long from, long to, double height) {
    int last = index(to);
    int first = (int) (from / width);
    if (first == last) {
      sums[first] += height * (to - from);
      return;
    }
    sums[first] += height * ((first + 1) * width - from);
    for (int i = first + 1; i < last; i++) {
      sums[i] += height * width;
    }
    sums[last] += height * (to - last * width);
  }

  /** The sums up to a time; what came after it is in the last. */
  double[] upTo(long end, double[] sums) {
    int count = (int) Math.max(1, (end + width - 1) / width);
    double[] cut = Arrays.copyOf(sums, count);
    for (int i = count; i < MOST; i++) {
      cut[count - 1] += sums[i];
    }
    return cut;
  }

  private int index(long time) {
    while (time >= MOST * width) {
      widen();
    }
    return (int) (time / width);
  }

  private void widen() {
    width *= 2;
    for (double[] sums : series) {
      for (int i = 0; i < MOST / 2; i++) {
        sums[i] = sums[2 * i] + sums[2 * i + 1];
      }
      Arrays.fill(sums, MOST / 2, MOST, 0);
    }
  }
}
