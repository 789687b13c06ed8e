package io.evenkeel.lb.benchmark.boot;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Figures by their names, in the order in which they are shown. Immutable. */
record Measured(Map<String, Double> figures) {
  Measured {
    figures = Collections.unmodifiableMap(new LinkedHashMap<>(figures));
  }

  static Measured nothing() {
    return new Measured(Map.of());
  }

  /** The median of each figure, over runs of one and the same. */
  static Measured median(List<Measured> runs) {
    Measured medians = nothing();
    for (String name : runs.isEmpty() ? Set.<String>of() : runs.get(0).names()) {
      double[] sorted = runs.stream().mapToDouble(run -> run.of(name)).sorted().toArray();
      double median = (sorted[(sorted.length - 1) / 2] + sorted[sorted.length / 2]) / 2;
      medians = medians.with(name, median);
    }
    return medians;
  }

  /** What there is more of than in another one. */
  Measured minus(Measured other) {
    Map<String, Double> differences = new LinkedHashMap<>();
    figures.forEach((name, value) -> differences.put(name, value - other.of(name)));
    return new Measured(differences);
  }

  Set<String> names() {
    return figures.keySet();
  }

  /** A figure; no number if there is none, so that it keeps no bound. */
  double of(String name) {
    return figures.getOrDefault(name, Double.NaN);
  }

  /** The same with this figure, in its place if there is one. */
  Measured with(String name, double value) {
    Map<String, Double> more = new LinkedHashMap<>(figures);
    more.put(name, value);
    return new Measured(more);
  }

  Measured without(String name) {
    Map<String, Double> less = new LinkedHashMap<>(figures);
    less.remove(name);
    return new Measured(less);
  }
}
