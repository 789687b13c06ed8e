package io.evenkeel.example;

import io.evenkeel.lb.LoadMetric;
import io.evenkeel.lb.Strategy;
import io.evenkeel.lb.load.PeakEwma;
import io.evenkeel.lb.strategy.LeastLoad;
import io.evenkeel.lb.strategy.PowerOfChoices;
import io.evenkeel.lb.strategy.RandomChoice;
import io.evenkeel.lb.strategy.RoundRobin;
import io.evenkeel.lb.strategy.WeightedRandom;
import io.evenkeel.lb.strategy.WeightedRoundRobin;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.ServiceLoader;

/** The strategies by their names on the command line. */
final class Strategies {
  static final String DEFAULT = "default";
  static final String BASELINE = "round-robin";

  private static final Map<String, Strategy> BY_NAME = new LinkedHashMap<>();

  static {
    // The same look-up as that of a balancer that is built without a strategy.
    BY_NAME.put(DEFAULT, ServiceLoader.load(Strategy.class).findFirst().orElseThrow());
    BY_NAME.put(BASELINE, RoundRobin.of());
    BY_NAME.put("weighted-round-robin", WeightedRoundRobin.of());
    BY_NAME.put("random", RandomChoice.of());
    BY_NAME.put("weighted-random", WeightedRandom.of());
    BY_NAME.put("least-requests", LeastLoad.requests());
    BY_NAME.put("least-peak-ewma", LeastLoad.of(PeakEwma.ofDefaults()));
    BY_NAME.put("two-choices", twoChoices(LoadMetric.inFlight()));
    BY_NAME.put("two-choices-peak-ewma", twoChoices(PeakEwma.ofDefaults()));
  }

  private Strategies() {}

  /** All names in one line. */
  static String names() {
    return String.join(", ", BY_NAME.keySet());
  }

  /**
   * The strategy of that name.
   *
   * @throws IllegalArgumentException if there is none
   */
  static Strategy of(String name) {
    Strategy strategy = BY_NAME.get(name);
    if (strategy == null) {
      throw new IllegalArgumentException(
          "unknown strategy " + name + " (expected: " + names() + ")");
    }
    return strategy;
  }

  /** All names, for the help text. */
  static final class Names implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return BY_NAME.keySet().iterator();
    }
  }

  private static Strategy twoChoices(LoadMetric metric) {
    return PowerOfChoices.builder().fullScanUpTo(0).metric(metric).build();
  }
}
