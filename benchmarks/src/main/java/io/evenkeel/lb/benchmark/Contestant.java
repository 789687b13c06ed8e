package io.evenkeel.lb.benchmark;

import io.evenkeel.lb.LoadMetric;
import io.evenkeel.lb.Strategy;
import io.evenkeel.lb.load.PeakEwma;
import io.evenkeel.lb.strategy.IdleFirst;
import io.evenkeel.lb.strategy.LeastLoad;
import io.evenkeel.lb.strategy.PowerOfChoices;
import io.evenkeel.lb.strategy.RandomChoice;
import io.evenkeel.lb.strategy.ResponseTimeWeighted;
import io.evenkeel.lb.strategy.RoundRobin;
import io.evenkeel.lb.strategy.WeightedRoundRobin;
import java.util.function.Supplier;

/**
 * A strategy in the simulator: the default, what other libraries and proxies choose by, and one
 * that sees what no client does. Only those that say so know the weights of servers, which are
 * their true speeds.
 */
enum Contestant {
  DEFAULT("the default", true, false, IdleFirst::ofDefaults),
  EIGHT_SAMPLES(
      "4 idle and 4 random, peak EWMA",
      false,
      false,
      () -> IdleFirst.builder().fullScanUpTo(0).build()),
  LEAST_EWMA("all, peak EWMA", false, false, () -> LeastLoad.of(PeakEwma.ofDefaults())),
  LEAST_REQUESTS("least requests (nginx, Vert.x, Dubbo)", true, false, LeastLoad::requests),
  WEIGHTED_LEAST_REQUESTS("least requests by true speeds", false, true, LeastLoad::requests),
  TWO_CHOICES_EWMA(
      "two choices, peak EWMA (Finagle, linkerd)",
      true,
      false,
      () -> choices(PeakEwma.ofDefaults())),
  TWO_CHOICES(
      "two choices, requests (Envoy, gRPC, Vert.x)",
      true,
      false,
      () -> choices(LoadMetric.inFlight())),
  RESPONSE_TIME("weighted by 1 / response time", true, false, ResponseTimeWeighted::ofDefaults),
  ROUND_ROBIN("round robin", true, false, RoundRobin::of),
  WEIGHTED_ROUND_ROBIN("round robin by true speeds", false, true, WeightedRoundRobin::of),
  RANDOM("random", true, false, RandomChoice::of),
  SHARED_COUNTS("least requests of all clients, by true speeds", false, true, SharedCounts::new);

  private final String text;
  private final boolean fair;
  private final boolean weighted;

  @SuppressWarnings("ImmutableEnumChecker") // makes a new one each time
  private final Supplier<Strategy> strategy;

  Contestant(String text, boolean fair, boolean weighted, Supplier<Strategy> strategy) {
    this.text = text;
    this.fair = fair;
    this.weighted = weighted;
    this.strategy = strategy;
  }

  /** A new strategy, for one run. */
  Strategy strategy() {
    Strategy made = strategy.get();
    return weighted ? made : new Unweighted(made);
  }

  /** Whether users get it, from us or from others, without knowing more than others do. */
  boolean isFair() {
    return fair;
  }

  private static Strategy choices(LoadMetric metric) {
    return PowerOfChoices.builder().fullScanUpTo(0).metric(metric).build();
  }

  @Override
  public String toString() {
    return text;
  }
}
