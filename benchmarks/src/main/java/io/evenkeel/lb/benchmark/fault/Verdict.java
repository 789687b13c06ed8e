package io.evenkeel.lb.benchmark.fault;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What a scenario has shown.
 *
 * @param name of the scenario
 * @param figures what was measured
 * @param bounds what figures of the same names may be at most
 * @param pass whether all figures that have bounds keep them
 */
record Verdict(String name, Map<String, Double> figures, Map<String, Double> bounds, boolean pass) {

  /** Collects figures. Not thread-safe. */
  static final class Figures {
    private final Map<String, Double> figures = new LinkedHashMap<>();
    private final Map<String, Double> bounds = new LinkedHashMap<>();

    /** A figure that is only to be known. */
    Figures add(String name, double value) {
      figures.put(name, value);
      return this;
    }

    /** A figure that must not be above its bound. */
    Figures atMost(double bound, String name, double value) {
      bounds.put(name, bound);
      return add(name, value);
    }

    /** A figure that is not a number keeps no bound. */
    Verdict of(String name) {
      boolean pass =
          bounds.entrySet().stream()
              .allMatch(
                  bound -> figures.getOrDefault(bound.getKey(), Double.NaN) <= bound.getValue());
      return new Verdict(name, new LinkedHashMap<>(figures), new LinkedHashMap<>(bounds), pass);
    }
  }
}
