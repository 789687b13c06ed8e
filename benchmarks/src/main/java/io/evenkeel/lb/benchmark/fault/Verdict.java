package io.evenkeel.lb.benchmark.fault;

import io.evenkeel.lb.testkit.rig.LoadResult;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a scenario, or another study with bounds, has shown.
 *
 * @param name of the scenario
 * @param figures what was measured
 * @param bounds what figures of the same names may be at most
 * @param failures some requests that failed, in words
 * @param pass whether all figures that have bounds keep them
 */
public record Verdict(
    String name,
    Map<String, Double> figures,
    Map<String, Double> bounds,
    List<String> failures,
    boolean pass) {
  private static final int FAILURES = 5;

  /** What is between the name of somebody else and that of a figure. */
  static final String BESIDE = ": ";

  /** The same, and one more figure that is only to be known. */
  Verdict with(String figure, double value) {
    Map<String, Double> all = new LinkedHashMap<>(figures);
    all.put(figure, value);
    return new Verdict(name, all, bounds, failures, pass);
  }

  /** The figures of ours alone. */
  Map<String, Double> own() {
    Map<String, Double> own = new LinkedHashMap<>(figures);
    own.keySet().removeIf(name -> name.contains(BESIDE));
    return own;
  }

  /** Collects figures. Not thread-safe. */
  public static final class Figures {
    private final Map<String, Double> figures = new LinkedHashMap<>();
    private final Map<String, Double> bounds = new LinkedHashMap<>();
    private List<String> failures = List.of();

    /** A figure that is only to be known. */
    public Figures add(String name, double value) {
      figures.put(name, value);
      return this;
    }

    /** A figure that must not be above its bound. */
    public Figures atMost(double bound, String name, double value) {
      bounds.put(name, bound);
      return add(name, value);
    }

    /**
     * The figures of somebody else in the same scenario, none of which has a bound here.
     *
     * @param who with {@link #BESIDE} before the name of each figure
     */
    Figures beside(String who, Figures theirs) {
      theirs.figures.forEach((name, value) -> add(who + BESIDE + name, value));
      return this;
    }

    /** Shows that somebody else could not be measured, which is no failure of ours. */
    Figures missing(String who, Exception why) {
      List<String> more = new ArrayList<>(failures);
      more.add(who + " was not measured: " + why);
      failures = List.copyOf(more);
      return this;
    }

    /** Shows the first of the requests that failed. */
    Figures failuresOf(LoadResult result) {
      failures =
          result.requests().stream()
              .filter(LoadResult.Request::failed)
              .limit(FAILURES)
              .map(LoadResult.Request::toString)
              .toList();
      return this;
    }

    /** A figure that is not a number keeps no bound. */
    public Verdict of(String name) {
      boolean pass =
          bounds.entrySet().stream()
              .allMatch(
                  bound -> figures.getOrDefault(bound.getKey(), Double.NaN) <= bound.getValue());
      return new Verdict(
          name, new LinkedHashMap<>(figures), new LinkedHashMap<>(bounds), failures, pass);
    }
  }
}
