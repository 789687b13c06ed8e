package io.evenkeel.lb.strategy;

import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.LoadMetric;
import io.evenkeel.lb.Probe;
import io.evenkeel.lb.Strategy;
import io.evenkeel.lb.load.PeakEwma;
import io.evenkeel.lb.testkit.StrategyContract;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.extension.TestExecutionExceptionHandler;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** Every strategy, in every form that chooses by other code, keeps the contract. */
@ParameterizedClass
@MethodSource("strategies")
class StrategyContractTest extends StrategyContract {
  private static final Probe UNANSWERED = endpoint -> new CompletableFuture<>();

  /** A build reports only the number of the case. */
  @RegisterExtension
  final TestExecutionExceptionHandler named =
      (context, failure) -> {
        throw new AssertionError(toString(), failure);
      };

  private final Case tested;

  StrategyContractTest(Case tested) {
    this.tested = tested;
  }

  static Stream<Case> strategies() {
    return Stream.of(
        equally(RoundRobin::of).exactly(),
        byWeight(WeightedRoundRobin::of).exactly(),
        equally(RandomChoice::of),
        byWeight(WeightedRandom::of),
        byWeight(LeastLoad::requests),
        byWeight(() -> LeastLoad.of(PeakEwma.ofDefaults())),
        byWeight(IdleFirst::ofDefaults),
        byWeight(() -> sampling().metric(LoadMetric.inFlight()).build()),
        byWeight(() -> sampling().build()),
        byWeight(PowerOfChoices::ofDefaults),
        byWeight(() -> drawing().metric(LoadMetric.inFlight()).build()),
        byWeight(() -> drawing().build()),
        byWeight(() -> drawing().choices(5).build()),
        byWeight(Maglev::ofDefaults),
        byWeight(Rendezvous::of),
        // Shares of a ring are only as even as its points are many.
        byWeight(() -> RingHash.ofPoints(1_000)).within(15),
        byWeight(() -> BoundedLoad.of(Rendezvous.of())),
        byWeight(() -> StickySessions.of(WeightedRandom.of())),
        byWeight(() -> StickyTokens.of(WeightedRandom.of(), Affinity.seeded(1))),
        byWeight(ResponseTimeWeighted::ofDefaults).exactly(),
        equally(() -> JumpHash.of(endpoint -> endpoint.port() - 1)),
        byWeight(UtilizationWeighted::ofDefaults).exactly(),
        // Without answers: by weight or as what is inside, and without allocation.
        byWeight(() -> HotCold.builder(UNANSWERED).executor(task -> {}).build()),
        byWeight(() -> Probed.of(WeightedRoundRobin.of(), UNANSWERED)),
        equally(() -> SlowStart.of(RoundRobin.of())).exactly(),
        byWeight(() -> SlowStart.of(IdleFirst.ofDefaults())),
        // All nodes are fit, so one tier takes all.
        equally(() -> PriorityTiers.of(RoundRobin.of())).exactly(),
        byWeight(() -> PriorityTiers.of(RingHash.ofPoints(200))).within(35),
        byWeight(() -> zones(IdleFirst.ofDefaults())).inZones(),
        byWeight(() -> zones(drawing().build())).inZones(),
        byWeight(() -> zones(RingHash.ofPoints(200))).inZones().within(35),
        byWeight(() -> SlowStart.of(PriorityTiers.of(zones(WeightedRandom.of())))).inZones(),
        // As large as the contract allows: with few of 50,000 nodes some would be chosen often.
        byWeight(() -> Subset.byRendezvous(WeightedRandom.of(), "client", 20_000)),
        byWeight(() -> Subset.byPosition(IdleFirst.ofDefaults(), 3, 10, 20_000)),
        equally(() -> shadow(RoundRobin.of(), PowerOfChoices.ofDefaults(), 1)).exactly(),
        byWeight(() -> shadow(IdleFirst.ofDefaults(), WeightedRoundRobin.of(), 3)));
  }

  @Override
  protected Strategy strategy() {
    return tested.strategy.get();
  }

  @Override
  protected double[] shares(double[] weights) {
    return tested.byWeight ? sharesByWeight(weights) : equalShares(weights);
  }

  @Override
  protected double sigmas() {
    return tested.sigmas.orElse(super.sigmas());
  }

  @Override
  protected Endpoint endpoint(Endpoint.Builder facts, int index) {
    return tested.zoned ? facts.zone("z" + index % 3).build() : super.endpoint(facts, index);
  }

  @Override
  public String toString() {
    return tested.toString();
  }

  private static IdleFirst.Builder sampling() {
    return IdleFirst.builder().fullScanUpTo(0);
  }

  private static PowerOfChoices.Builder drawing() {
    return PowerOfChoices.builder().fullScanUpTo(0);
  }

  /** For a client in a zone of its own that has all the clients: each gets its share by weight. */
  private static Strategy zones(Strategy inner) {
    return ZoneAware.builder(inner, "elsewhere")
        .minNodes(1)
        .clientShares(() -> Map.of("elsewhere", 1.0))
        .build();
  }

  private static Strategy shadow(Strategy inner, Strategy candidate, int oneIn) {
    return Shadow.of(inner, candidate, Comparison.of(), oneIn);
  }

  private static Case byWeight(Supplier<Strategy> strategy) {
    return new Case(strategy, true, OptionalDouble.empty(), false);
  }

  private static Case equally(Supplier<Strategy> strategy) {
    return new Case(strategy, false, OptionalDouble.empty(), false);
  }

  /**
   * What is expected of a strategy.
   *
   * @param sigmas none for those of the contract
   * @param zoned whether the nodes are in three zones
   */
  private record Case(
      Supplier<Strategy> strategy, boolean byWeight, OptionalDouble sigmas, boolean zoned) {
    Case exactly() {
      return within(0);
    }

    Case within(double deviations) {
      return new Case(strategy, byWeight, OptionalDouble.of(deviations), zoned);
    }

    Case inZones() {
      return new Case(strategy, byWeight, sigmas, true);
    }

    @Override
    public String toString() {
      return strategy.get().toString();
    }
  }
}
