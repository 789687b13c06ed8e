package io.evenkeel.lb.benchmark;

import static java.util.Objects.requireNonNull;

import io.evenkeel.lb.LoadMetric;
import io.evenkeel.lb.Strategy;
import io.evenkeel.lb.load.PeakEwma;
import io.evenkeel.lb.strategy.HotCold;
import io.evenkeel.lb.strategy.IdleFirst;
import io.evenkeel.lb.strategy.LeastLoad;
import io.evenkeel.lb.strategy.PowerOfChoices;
import io.evenkeel.lb.strategy.Probed;
import io.evenkeel.lb.strategy.RandomChoice;
import io.evenkeel.lb.strategy.ResponseTimeWeighted;
import io.evenkeel.lb.strategy.RoundRobin;
import io.evenkeel.lb.strategy.WeightedRoundRobin;
import io.evenkeel.lb.strategy.ZoneAware;
import io.evenkeel.lb.testkit.cluster.ClusterBuilder;
import io.evenkeel.lb.testkit.cluster.SimulatedClient;
import java.util.EnumSet;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * A strategy in the simulator: the default, what other libraries and proxies choose by, and one
 * that sees what no client does. Only those that say so know the weights of servers, which are
 * their true speeds, and what servers say of their load.
 */
enum Contestant {
  DEFAULT("the default", true, false, IdleFirst::ofDefaults),
  EIGHT_SAMPLES(
      "5 idle, or 4 random, peak EWMA",
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
  REPORTED("the default, by reports in responses", true, client -> IdleFirst.ofDefaults()),
  PROBED(
      "the default, by reports and probes",
      true,
      client ->
          Probed.builder(IdleFirst.ofDefaults(), client.probe()).executor(Runnable::run).build()),
  HOT_COLD(
      "Prequal, by answers to probes",
      false,
      client -> HotCold.builder(client.probe()).executor(Runnable::run).build()),
  ZONES("the default, aware of zones", false, client -> near(IdleFirst.ofDefaults(), client)),
  ZONES_TWO_CHOICES(
      "two choices, requests, aware of zones (Envoy)",
      false,
      client -> near(choices(LoadMetric.inFlight()), client)),
  SHARED_COUNTS("least requests of all clients, by true speeds", false, true, SharedCounts::new);

  private final String text;
  private final boolean fair;

  @SuppressWarnings("ImmutableEnumChecker") // makes a new one each time
  private final Supplier<Function<SimulatedClient, Strategy>> strategies;

  /** One strategy for all clients of a run. */
  Contestant(String text, boolean fair, boolean weighted, Supplier<Strategy> strategy) {
    this.text = text;
    this.fair = fair;
    this.strategies =
        () -> {
          Strategy made = new Uninformed(strategy.get(), weighted, false);
          return client -> made;
        };
  }

  /**
   * A strategy for each client, which knows more than others do.
   *
   * @param told whether that is what servers report
   */
  Contestant(String text, boolean told, Function<SimulatedClient, Strategy> strategy) {
    this.text = text;
    this.fair = false;
    this.strategies = () -> client -> new Uninformed(strategy.apply(client), false, told);
  }

  /** Has the clients of a cluster choose like this, in one run. */
  ClusterBuilder join(ClusterBuilder cluster) {
    Function<SimulatedClient, Strategy> ofRun = strategies.get();
    return cluster.balancer((builder, client) -> builder.strategy(ofRun.apply(client)));
  }

  /** Those that take part: all, but for those that need zones where there are none. */
  static Set<Contestant> of(TailScenario scenario) {
    return scenario.hasZones()
        ? EnumSet.allOf(Contestant.class)
        : EnumSet.complementOf(EnumSet.of(ZONES, ZONES_TWO_CHOICES));
  }

  /** Whether users get it, from us or from others, without knowing more than others do. */
  boolean isFair() {
    return fair;
  }

  private static Strategy near(Strategy inner, SimulatedClient client) {
    return ZoneAware.of(inner, requireNonNull(client.zone()));
  }

  private static Strategy choices(LoadMetric metric) {
    return PowerOfChoices.builder().fullScanUpTo(0).metric(metric).build();
  }

  @Override
  public String toString() {
    return text;
  }
}
