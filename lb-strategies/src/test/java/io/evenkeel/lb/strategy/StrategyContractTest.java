package io.evenkeel.lb.strategy;

import io.evenkeel.lb.LoadMetric;
import io.evenkeel.lb.Strategy;
import io.evenkeel.lb.load.PeakEwma;
import io.evenkeel.lb.testkit.StrategyContract;
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
      return RingHash.ofPoints(10_000);
    }

    /** Shares of a ring are only as even as its points are many. */
    @Override
    protected double sigmas() {
      return 15;
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
      return HotCold.builder(endpoint -> new CompletableFuture<>()).executor(Runnable::run).build();
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
