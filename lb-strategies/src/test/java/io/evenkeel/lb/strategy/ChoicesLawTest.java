package io.evenkeel.lb.strategy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.LoadMetric;
import io.evenkeel.lb.Node;
import io.evenkeel.lb.RequestContext;
import io.evenkeel.lb.Strategy;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The laws of strategies that compare loads, with loads that do not move. */
class ChoicesLawTest {
  private static final int REQUESTS = 200_000;

  @Test
  void theNodeOfRankIGetsItsShareOfAllSubsetsInWhichItIsTheBest() {
    for (int choices = 2; choices <= 8; choices++) {
      int n = 12;
      int[] counts =
          Choices.counts(choices(choices, FrozenLoad.byPort()), 11, REQUESTS, Choices.equal(n));
      assertSharesOfTheBest(counts, choices);
    }
  }

  @Test
  void withTwoDifferentChoicesTheWorstIsNeverChosen() {
    int[] counts = Choices.counts(choices(2, FrozenLoad.byPort()), 5, REQUESTS, Choices.equal(10));
    assertThat(counts[9]).isZero();
  }

  @Test
  void tiesGoToEachNodeAlike() {
    FrozenLoad allEqual = new FrozenLoad(endpoint -> 1);
    for (Strategy strategy :
        new Strategy[] {
          LeastLoad.of(allEqual), choices(2, allEqual), choices(3, allEqual), choices(8, allEqual)
        }) {
      int[] counts = Choices.counts(strategy, 3, REQUESTS, Choices.equal(10));
      for (int count : counts) {
        assertShare(count, 0.1, strategy.toString());
      }
    }
  }

  @Test
  void nodesThatTieShareAlikeWhereverTheyStand() {
    // Starting a scan at a random index would give node 9 eight times as much as node 1.
    FrozenLoad two = new FrozenLoad(e -> e.port() == 1 || e.port() == 2 || e.port() == 10 ? 1 : 2);
    int[] counts = Choices.counts(LeastLoad.of(two), 3, REQUESTS, Choices.equal(10));
    for (int best : new int[] {0, 1, 9}) {
      assertShare(counts[best], 1.0 / 3, "node " + best);
    }
  }

  @Test
  void retriesToNodesThatTieShareAlike() {
    FrozenLoad firstIsBest = new FrozenLoad(e -> e.port() == 1 ? 0 : 1);
    int[] counts = retries(LeastLoad.of(firstIsBest), 4, 0);
    for (int node = 1; node < 4; node++) {
      assertShare(counts[node], 1.0 / 3, "node " + node);
    }
  }

  @Test
  void aRetryGoesToTheBestOfItsSubsetThatWasNotTried() {
    int n = 12;
    for (int choices = 2; choices <= 8; choices++) {
      int[] counts = retries(choices(choices, FrozenLoad.byPort()), n, 0);
      assertThat(counts[0]).as("%d choices, the tried one", choices).isZero();
      for (int rank = 2; rank <= n; rank++) {
        // It is the best of those worse than it, and with the tried one among them as well.
        double share = binomial(n - rank + 1, choices - 1) / binomial(n, choices);
        assertShare(counts[rank - 1], share, choices + " choices, rank " + rank);
      }
    }
  }

  @Test
  void aRetryThatHasTriedAllOfItsSubsetGoesToTheBestOfThese() {
    int n = 12;
    int[] allTried = IntStream.range(0, n).toArray();
    for (int choices = 2; choices <= 8; choices++) {
      int[] counts = retries(choices(choices, FrozenLoad.byPort()), n, allTried);
      assertSharesOfTheBest(counts, choices);
    }
  }

  /** How often each of n nodes was chosen by retries that have tried some of them. */
  private static int[] retries(Strategy strategy, int n, int... tried) {
    int[] counts = new int[n];
    try (Balancer balancer =
        Choices.balancer(strategy, new SplittableRandom(9), Choices.equal(n))) {
      Request retry =
          Request.retry(
              Arrays.stream(tried)
                  .mapToObj(node -> balancer.nodes().get(node).endpoint())
                  .toArray(Endpoint[]::new));
      for (int i = 0; i < REQUESTS; i++) {
        counts[balancer.select(retry).endpoint().port() - 1]++;
      }
    }
    return counts;
  }

  /** Some are drawn before all are looked at, which must favour none. */
  @Test
  void idleNodesShareAlikeWhereverTheyStand() {
    try (Balancer balancer =
        Choices.balancer(LeastLoad.requests(), new SplittableRandom(6), Choices.equal(100))) {
      Set<Integer> idle = Set.of(1, 2, 3, 100);
      for (Node node : balancer.nodes()) {
        for (int i = 0; i < node.endpoint().port() % 3 + 1; i++) {
          if (!idle.contains(node.endpoint().port())) {
            node.begin();
          }
        }
      }
      assertThat(portsOf(balancer, RequestContext.none())).isEqualTo(idle);
      Request retry = Request.retry(balancer.nodes().get(2).endpoint());
      assertThat(portsOf(balancer, retry)).isEqualTo(Set.of(1, 2, 100));
      balancer.nodes().forEach(Node::begin);
      // Those that were idle have one, as many others now have two.
      assertThat(portsOf(balancer, RequestContext.none())).isEqualTo(idle);
    }
  }

  /** Which were chosen, all of them alike. */
  private static Set<Integer> portsOf(Balancer balancer, RequestContext context) {
    Map<Integer, Integer> counts = new HashMap<>();
    for (int i = 0; i < REQUESTS; i++) {
      counts.merge(balancer.select(context).endpoint().port(), 1, Integer::sum);
    }
    counts.forEach((port, count) -> assertShare(count, 1.0 / counts.size(), "port " + port));
    return counts.keySet();
  }

  @Test
  void aFullScanTakesTheLeastLoadForItsWeight() {
    // Loads 1, 2, 3 over weights 1, 4, 3: the second has the least.
    int[] counts = Choices.counts(LeastLoad.of(FrozenLoad.byPort()), 3, 100, 1, 4, 3);
    assertThat(counts).containsExactly(0, 100, 0);
  }

  @Test
  void aHeavyNodeIsDrawnAndPreferredByItsWeight() {
    FrozenLoad allEqual = new FrozenLoad(endpoint -> 1);
    int[] counts = Choices.counts(choices(2, allEqual), 3, REQUESTS, 3, 1, 1, 1);
    // It wins every pair that it is in: 1/2 + 1/2 * 3/5, drawing the second without replacement.
    double first = 0.5;
    double second = 0.5 * (3.0 / 5);
    assertShare(counts[0], first + second, "the heavy node");
  }

  @Test
  void weightsSoUnevenThatRedrawsFailStillGiveDifferentNodes() {
    FrozenLoad heavyIsWorst = new FrozenLoad(e -> e.port() == 1 ? 1e12 : 1);
    for (int choices : new int[] {2, 3, 8}) {
      int[] counts =
          Choices.counts(choices(choices, heavyIsWorst), 3, 10_000, 1e9, 1, 1, 1, 1, 1, 1, 1, 1, 1);
      assertThat(counts[0]).as("%d choices", choices).isZero();
    }
  }

  @ParameterizedTest
  @ValueSource(doubles = {81, 1e9})
  void besidesAHeavyNodeAllOthersHaveTheSameChance(double heavy) {
    FrozenLoad heavyIsWorst = new FrozenLoad(e -> e.port() == 1 ? 1e12 : 1);
    for (int choices : new int[] {2, 3}) {
      int[] counts =
          Choices.counts(
              choices(choices, heavyIsWorst), 3, REQUESTS, heavy, 1, 1, 1, 1, 1, 1, 1, 1, 1);
      int light = REQUESTS - counts[0];
      assertThat(light).isGreaterThan(REQUESTS / 2);
      for (int i = 1; i < counts.length; i++) {
        double even = light / 9.0;
        assertThat((double) counts[i])
            .as("node %d of %s, %d choices", i, Arrays.toString(counts), choices)
            .isCloseTo(even, within(5 * Math.sqrt(even)));
      }
    }
  }

  /** Of either sign: at run time processors make 0/0 a negative one. */
  @ParameterizedTest
  @ValueSource(longs = {0x7ff8000000000000L, 0xfff8000000000000L})
  void aMeterThatSaysNaNIsPassedOver(long bits) {
    double notANumber = Double.longBitsToDouble(bits);
    FrozenLoad broken = new FrozenLoad(e -> e.port() == 1 ? notANumber : e.port());
    int[] counts = Choices.counts(LeastLoad.of(broken), 3, 1_000, Choices.equal(4));
    assertThat(counts).containsExactly(0, 1_000, 0, 0);
    for (int choices : new int[] {2, 3}) {
      assertThat(Choices.counts(choices(choices, broken), 3, 1_000, Choices.equal(4))[0])
          .as("%d choices", choices)
          .isZero();
    }
  }

  @Test
  void settingsOutOfRangeAreRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> PowerOfChoices.builder().choices(1))
        .withMessage("choices: 1 (expected: 2..8)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> PowerOfChoices.builder().choices(9))
        .withMessage("choices: 9 (expected: 2..8)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> PowerOfChoices.builder().fullScanUpTo(-1))
        .withMessage("fullScanUpTo: -1 (expected: >= 0)");
  }

  @Test
  void strategiesPrintTheirSettings() {
    assertThat(PowerOfChoices.ofDefaults())
        .hasToString(
            "PowerOfChoices[choices=2, fullScanUpTo=8, metric=PeakEwma[tau=PT10S,"
                + " failurePenalty=50.0]]");
    assertThat(LeastLoad.requests()).hasToString("LeastLoad[LoadMetric.inFlight()]");
  }

  private static Strategy choices(int choices, LoadMetric metric) {
    return PowerOfChoices.builder().choices(choices).fullScanUpTo(0).metric(metric).build();
  }

  private static void assertShare(int count, double share, String what) {
    double deviation = 5 * Math.sqrt(REQUESTS * share * (1 - share)) + 1e-6;
    assertThat((double) count)
        .as(what)
        .isBetween(REQUESTS * share - deviation, REQUESTS * share + deviation);
  }

  /** Of all subsets of this size each as often, and of each the best. */
  private static void assertSharesOfTheBest(int[] counts, int choices) {
    int n = counts.length;
    for (int rank = 1; rank <= n; rank++) {
      double share = binomial(n - rank, choices - 1) / binomial(n, choices);
      assertShare(counts[rank - 1], share, choices + " choices, rank " + rank);
    }
  }

  private static double binomial(int n, int k) {
    return k > n
        ? 0
        : IntStream.rangeClosed(1, k)
            .mapToDouble(i -> (n - k + i) / (double) i)
            .reduce(1, (a, b) -> a * b);
  }
}
