package io.evenkeel.lb.strategy;

import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.LoadMetric;
import io.evenkeel.lb.Strategy;
import io.evenkeel.lb.load.PeakEwma;
import io.evenkeel.lb.testkit.StrategyContract;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Nested;

/** Every strategy, in every form that chooses by other code, keeps the contract. */
class StrategyContractTest {
  @Nested
  class RoundRobinContract extends StrategyContract {
    @Override
    protected Strategy strategy() {
      return RoundRobin.of();
    }

    @Override
    protected double[] shares(double[] weights) {
      return equalShares(weights);
    }

    @Override
    protected double sigmas() {
      return 0;
    }
  }

  @Nested
  class WeightedRoundRobinContract extends StrategyContract {
    @Override
    protected Strategy strategy() {
      return WeightedRoundRobin.of();
    }

    @Override
    protected double[] shares(double[] weights) {
      return sharesByWeight(weights);
    }

    @Override
    protected double sigmas() {
      return 0;
    }
  }

  @Nested
  class RandomChoiceContract extends StrategyContract {
    @Override
    protected Strategy strategy() {
      return RandomChoice.of();
    }

    @Override
    protected double[] shares(double[] weights) {
      return equalShares(weights);
    }
  }

  @Nested
  class WeightedRandomContract extends ByWeight {
    @Override
    protected Strategy strategy() {
      return WeightedRandom.of();
    }
  }

  @Nested
  class LeastRequestsContract extends ByWeight {
    @Override
    protected Strategy strategy() {
      return LeastLoad.requests();
    }
  }

  @Nested
  class LeastLoadByPeakEwmaContract extends ByWeight {
    @Override
    protected Strategy strategy() {
      return LeastLoad.of(PeakEwma.ofDefaults());
    }
  }

  @Nested
  class DefaultIdleFirstContract extends ByWeight {
    @Override
    protected Strategy strategy() {
      return IdleFirst.ofDefaults();
    }
  }

  @Nested
  class IdleAndRandomContract extends ByWeight {
    @Override
    protected Strategy strategy() {
      return IdleFirst.builder().metric(LoadMetric.inFlight()).fullScanUpTo(0).build();
    }
  }

  @Nested
  class IdleAndRandomByPeakEwmaContract extends ByWeight {
    @Override
    protected Strategy strategy() {
      return IdleFirst.builder().fullScanUpTo(0).build();
    }
  }

  @Nested
  class DefaultPowerOfChoicesContract extends ByWeight {
    @Override
    protected Strategy strategy() {
      return PowerOfChoices.ofDefaults();
    }
  }

  @Nested
  class TwoChoicesContract extends ByWeight {
    @Override
    protected Strategy strategy() {
      return PowerOfChoices.builder().metric(LoadMetric.inFlight()).fullScanUpTo(0).build();
    }
  }

  @Nested
  class TwoChoicesByPeakEwmaContract extends ByWeight {
    @Override
    protected Strategy strategy() {
      return PowerOfChoices.builder().fullScanUpTo(0).build();
    }
  }

  @Nested
  class FiveChoicesContract extends ByWeight {
    @Override
    protected Strategy strategy() {
      return PowerOfChoices.builder().choices(5).fullScanUpTo(0).build();
    }
  }

  @Nested
  class MaglevContract extends ByWeight {
    @Override
    protected Strategy strategy() {
      return Maglev.ofDefaults();
    }
  }

  @Nested
  class RendezvousContract extends ByWeight {
    @Override
    protected Strategy strategy() {
      return Rendezvous.of();
    }
  }

  @Nested
  class RingHashContract extends ByWeight {
    @Override
    protected Strategy strategy() {
      return RingHash.ofPoints(1_000);
    }

    /** Shares of a ring are only as even as its points are many. */
    @Override
    protected double sigmas() {
      return 15;
    }
  }

  @Nested
  class BoundedLoadContract extends ByWeight {
    @Override
    protected Strategy strategy() {
      return BoundedLoad.of(Rendezvous.of());
    }
  }

  @Nested
  class StickySessionsContract extends ByWeight {
    @Override
    protected Strategy strategy() {
      return StickySessions.of(WeightedRandom.of());
    }
  }

  @Nested
  class StickyTokensContract extends ByWeight {
    @Override
    protected Strategy strategy() {
      return StickyTokens.of(WeightedRandom.of(), Affinity.seeded(1));
    }
  }

  @Nested
  class ResponseTimeWeightedContract extends ByWeight {
    @Override
    protected Strategy strategy() {
      return ResponseTimeWeighted.ofDefaults();
    }

    @Override
    protected double sigmas() {
      return 0;
    }
  }

  @Nested
  class JumpHashContract extends StrategyContract {
    @Override
    protected Strategy strategy() {
      return JumpHash.of(endpoint -> endpoint.port() - 1);
    }

    @Override
    protected double[] shares(double[] weights) {
      return equalShares(weights);
    }
  }

  @Nested
  class UtilizationWeightedContract extends ByWeight {
    @Override
    protected Strategy strategy() {
      return UtilizationWeighted.ofDefaults();
    }

    @Override
    protected double sigmas() {
      return 0;
    }
  }

  /** Without answers: by weight, and without allocation. */
  @Nested
  class HotColdContract extends ByWeight {
    @Override
    protected Strategy strategy() {
      return HotCold.builder(endpoint -> new CompletableFuture<>()).executor(task -> {}).build();
    }
  }

  @Nested
  class SlowStartContract extends StrategyContract {
    @Override
    protected Strategy strategy() {
      return SlowStart.of(RoundRobin.of());
    }

    @Override
    protected double[] shares(double[] weights) {
      return equalShares(weights);
    }

    @Override
    protected double sigmas() {
      return 0;
    }
  }

  @Nested
  class SlowStartAroundIdleFirstContract extends ByWeight {
    @Override
    protected Strategy strategy() {
      return SlowStart.of(IdleFirst.ofDefaults());
    }
  }

  /** All nodes are fit, so one tier takes all. */
  @Nested
  class OneTierContract extends StrategyContract {
    @Override
    protected Strategy strategy() {
      return PriorityTiers.of(RoundRobin.of());
    }

    @Override
    protected double[] shares(double[] weights) {
      return equalShares(weights);
    }

    @Override
    protected double sigmas() {
      return 0;
    }
  }

  @Nested
  class OneTierOfRingHashContract extends ByWeight {
    @Override
    protected Strategy strategy() {
      return PriorityTiers.of(RingHash.ofPoints(200));
    }

    @Override
    protected double sigmas() {
      return 35;
    }
  }

  @Nested
  class ZonesOfIdleFirstContract extends Zones {
    @Override
    protected Strategy inner() {
      return IdleFirst.ofDefaults();
    }
  }

  @Nested
  class ZonesOfPowerOfChoicesContract extends Zones {
    @Override
    protected Strategy inner() {
      return PowerOfChoices.builder().fullScanUpTo(0).build();
    }
  }

  @Nested
  class ZonesOfRingHashContract extends Zones {
    @Override
    protected Strategy inner() {
      return RingHash.ofPoints(200);
    }

    @Override
    protected double sigmas() {
      return 35;
    }
  }

  @Nested
  class StackContract extends Zones {
    @Override
    protected Strategy strategy() {
      return SlowStart.of(PriorityTiers.of(super.strategy()));
    }

    @Override
    protected Strategy inner() {
      return WeightedRandom.of();
    }
  }

  /** As large as the contract allows: with few of its 50,000 nodes some would be chosen often. */
  @Nested
  class SubsetByRendezvousContract extends ByWeight {
    @Override
    protected Strategy strategy() {
      return Subset.byRendezvous(WeightedRandom.of(), "client", 20_000);
    }
  }

  @Nested
  class SubsetByPositionContract extends ByWeight {
    @Override
    protected Strategy strategy() {
      return Subset.byPosition(IdleFirst.ofDefaults(), 3, 10, 20_000);
    }
  }

  @Nested
  class ShadowContract extends StrategyContract {
    @Override
    protected Strategy strategy() {
      return Shadow.of(RoundRobin.of(), PowerOfChoices.ofDefaults(), Comparison.of());
    }

    @Override
    protected double[] shares(double[] weights) {
      return equalShares(weights);
    }

    @Override
    protected double sigmas() {
      return 0;
    }
  }

  @Nested
  class SampledShadowContract extends ByWeight {
    @Override
    protected Strategy strategy() {
      return Shadow.of(IdleFirst.ofDefaults(), WeightedRoundRobin.of(), Comparison.of(), 3);
    }
  }

  /**
   * Three zones, and a client in a fourth that has all the clients: each zone gets its share by
   * weight.
   */
  abstract static class Zones extends ByWeight {
    protected abstract Strategy inner();

    @Override
    protected Strategy strategy() {
      return ZoneAware.builder(inner(), "elsewhere")
          .minNodes(1)
          .clientShares(() -> Map.of("elsewhere", 1.0))
          .build();
    }

    @Override
    protected Endpoint endpoint(Endpoint.Builder facts, int index) {
      return facts.zone("z" + index % 3).build();
    }
  }

  /** Without answers: as what is inside, and without allocation. */
  @Nested
  class ProbedContract extends ByWeight {
    @Override
    protected Strategy strategy() {
      return Probed.builder(WeightedRoundRobin.of(), endpoint -> new CompletableFuture<>())
          .executor(Runnable::run)
          .build();
    }
  }

  abstract static class ByWeight extends StrategyContract {
    @Override
    protected double[] shares(double[] weights) {
      return sharesByWeight(weights);
    }
  }
}
