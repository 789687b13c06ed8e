package io.evenkeel.lb.testkit;

import static io.evenkeel.lb.testkit.Numbered.id;
import static io.evenkeel.lb.testkit.Numbered.index;
import static io.evenkeel.lb.testkit.Numbered.ones;
import static io.evenkeel.lb.testkit.Numbered.weights;
import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.EndpointSet;
import io.evenkeel.lb.EndpointSource;
import io.evenkeel.lb.Explanation;
import io.evenkeel.lb.Node;
import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.RequestContext;
import io.evenkeel.lb.Strategy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * What every {@link Strategy} must do, checked through a real balancer. Extend it and say which
 * strategy and which law of shares:
 *
 * <pre>{@code
 * class RoundRobinContractTest extends StrategyContract {
 *   @Override
 *   protected Strategy strategy() {
 *     return RoundRobin.of();
 *   }
 *
 *   @Override
 *   protected double[] shares(double[] weights) {
 *     return equalShares(weights);
 *   }
 * }
 * }</pre>
 */
public abstract class StrategyContract {
  /** For subclasses. */
  protected StrategyContract() {}

  /** The strategy under test. */
  protected abstract Strategy strategy();

  /**
   * The law: which share each node gets when many requests begin, one after another, and none ends.
   *
   * @param weights above 0, in the order of the nodes
   */
  protected abstract double[] shares(double[] weights);

  /**
   * How many standard deviations of independent draws a count may be off. 0 where the strategy is
   * exact over whole cycles.
   */
  protected double sigmas() {
    return 5;
  }

  /**
   * A node of the contract, for strategies that go by other facts than weight, such as a zone.
   *
   * @param facts what the contract needs it to have
   * @param index its place among the nodes, from 0
   */
  protected Endpoint endpoint(Endpoint.Builder facts, int index) {
    return facts.build();
  }

  /** The law of strategies that go by weight. */
  protected static double[] sharesByWeight(double[] weights) {
    double sum = Arrays.stream(weights).sum();
    return Arrays.stream(weights).map(weight -> weight / sum).toArray();
  }

  /** The law of strategies that ignore weights. */
  protected static double[] equalShares(double[] weights) {
    return Arrays.stream(weights).map(weight -> 1.0 / weights.length).toArray();
  }

  @Test
  void sharesFollowTheLaw() {
    assertLaw(weights(1), Chance.seeded());
    assertLaw(weights(1, 1), Chance.seeded());
    assertLaw(weights(1, 3), Chance.seeded());
    assertLaw(weights(1, 1, 1, 1, 1, 1, 1, 1, 1, 1), Chance.seeded());
    assertLaw(weights(1, 2, 3, 4, 5, 6, 7, 8, 9, 10), Chance.seeded());
    assertLaw(weights(5, 1, 1), Chance.seeded());
  }

  @Test
  void sharesFollowTheLawWhereverCountersStart() {
    for (long edge : new long[] {1L << 31, 1L << 32, 1L << 62, Long.MIN_VALUE, 0}) {
      for (int before = 0; before <= 30; before += 3) {
        assertLaw(weights(1, 2, 3), Chance.startingAt(edge - before));
        assertLaw(weights(1, 1, 1, 1, 1, 1, 1), Chance.startingAt(edge - before));
      }
    }
  }

  @Test
  void aNodeOfWeightZeroIsNeverChosen() {
    Map<String, Integer> counts = count(weights(1, 0, 2, 0, 1), 5_000, Chance.seeded());
    assertThat(counts.keySet()).containsExactlyInAnyOrder(id(0), id(2), id(4));
  }

  @Test
  void theNeighbourOfANodeThatIsOutOfUseGetsNoMoreThanOthers() {
    double[] weights = weights(1, 1, 0, 0, 1, 1, 1, 0, 1, 1);
    int requests = 7_000;
    Map<String, Integer> counts = count(weights, requests, Chance.seeded());
    for (int i = 0; i < weights.length; i++) {
      assertCount(counts.getOrDefault(id(i), 0), requests, weights[i] / 7, id(i));
    }
  }

  @Test
  void fiftyThousandNodesAreNoTrouble() {
    int n = EndpointSet.MAX_ENDPOINTS;
    int requests = 500;
    Map<String, Integer> counts = count(ones(n), requests, Chance.seeded());
    int lowerHalf = 0;
    for (int i = 0; i < n / 2; i++) {
      lowerHalf += counts.getOrDefault(id(i), 0);
    }
    double deviation = 5 * Math.sqrt(requests * 0.25);
    // A cursor walks one way and may see but one half; what it must not do is come back.
    assertThat(counts.values().stream().mapToInt(Integer::intValue).max().orElse(0)).isLessThan(4);
    if (sigmas() > 0) {
      assertThat(lowerHalf - requests / 2.0).isBetween(-deviation, deviation);
    }
  }

  @Test
  void freshBalancersDoNotAllBeginWithTheSameNode() {
    int balancers = 1_000;
    int[] first = new int[5];
    RandomGenerator random = Chance.seeded();
    for (int i = 0; i < balancers; i++) {
      try (Balancer balancer = balancer(set(weights(1, 1, 1, 1, 1)), random)) {
        first[index(balancer.select(RequestContext.none()))]++;
      }
    }
    double deviation = Math.sqrt(balancers * 0.2 * 0.8);
    for (int count : first) {
      assertThat((double) count).isBetween(200 - 5 * deviation, 200 + 5 * deviation);
    }
  }

  @Test
  void aTriedEndpointIsChosenOnlyWhenNoOtherIsLeft() {
    try (Balancer balancer = balancer(set(weights(1, 2, 3, 4)), Chance.seeded())) {
      Tried tried = new Tried();
      for (int left = 4; left > 0; left--) {
        for (int i = 0; i < 200; i++) {
          assertThat(tried.ids).doesNotContain(balancer.select(tried).endpoint().id());
        }
        tried.ids.add(balancer.select(tried).endpoint().id());
      }
      assertThat(tried.ids).hasSize(4);
      assertThat(tried.ids).contains(balancer.select(tried).endpoint().id());
    }
  }

  @Test
  void explainingSaysWhatComesNextAndLeavesNoMark() {
    double[] skewed = new double[20];
    Arrays.setAll(skewed, i -> 1 + i % 7);
    for (double[] weights : new double[][] {ones(1), ones(2), weights(1, 2, 3), ones(20), skewed}) {
      Chance.Rewindable chance = new Chance.Rewindable();
      Tried tried = new Tried();
      try (Balancer asked = balancer(set(weights), chance);
          Balancer twin = balancer(set(weights), new Chance.Rewindable())) {
        for (int i = 0; i < 300; i++) {
          long before = chance.state;
          Explanation first = asked.explain(tried);
          chance.state = before;
          assertThat(asked.explain(tried).choice()).isEqualTo(first.choice());
          chance.state = before;
          Node chosen = asked.select(tried);
          assertThat(chosen.endpoint()).as("after %s", first).isEqualTo(first.choice());
          assertThat(twin.select(tried).endpoint()).isEqualTo(chosen.endpoint());
          chosen.begin();
          twin.nodes().get(index(chosen)).begin();
          tried.ids.clear();
          if (i % 3 == 0) {
            tried.ids.add(chosen.endpoint().id());
          }
        }
      }
    }
  }

  @Test
  void choosingAllocatesNothing() {
    for (int n : new int[] {1, 2, 10, 100, 1000}) {
      double[] weights = new double[n];
      Arrays.setAll(weights, i -> 1 + i % 10);
      try (Balancer even = balancer(set(ones(n)), Chance.threads());
          Balancer weighted = balancer(set(weights), Chance.threads())) {
        Allocations.assertNone(this + " of " + n, () -> chooseBeginEnd(even));
        Allocations.assertNone(this + " of " + n + " by weight", () -> chooseBeginEnd(weighted));
      }
    }
  }

  @Test
  void choosingGoesOnWhileNodesAndWeightsChange() throws Exception {
    ManualSource source = new ManualSource();
    source.publish(set(weights(1, 1, 1, 1)));
    AtomicBoolean stop = new AtomicBoolean();
    ExecutorService threads = Executors.newFixedThreadPool(3);
    try (Balancer balancer = build(source, Chance.threads())) {
      Callable<Set<String>> chooser =
          () -> {
            Set<String> seen = new HashSet<>();
            while (!stop.get()) {
              seen.add(chooseBeginEnd(balancer).endpoint().id());
            }
            return seen;
          };
      List<Future<Set<String>>> choosers = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        choosers.add(threads.submit(chooser));
      }
      RandomGenerator random = Chance.seeded();
      for (int change = 0; change < 500; change++) {
        double[] weights = new double[1 + random.nextInt(12)];
        Arrays.setAll(weights, i -> random.nextInt(3));
        weights[random.nextInt(weights.length)] = 1;
        source.publish(set(weights));
      }
      source.publish(set(weights(0, 0, 1)));
      for (int i = 0; i < 100; i++) {
        assertThat(chooseBeginEnd(balancer).endpoint().id()).isEqualTo(id(2));
      }
      stop.set(true);
      for (Future<Set<String>> each : choosers) {
        assertThat(each.get()).allMatch(id -> id.startsWith("n"));
      }
      assertThat(balancer.nodes()).allMatch(node -> node.inFlight() == 0);
    } finally {
      stop.set(true);
      threads.shutdownNow();
    }
  }

  private void assertLaw(double[] weights, RandomGenerator random) {
    int cycle = (int) Math.round(Arrays.stream(weights).sum()) * weights.length;
    int requests = cycle * Math.max(1, 20_000 / cycle);
    double[] shares = shares(weights);
    Map<String, Integer> counts = count(weights, requests, random);
    for (int i = 0; i < weights.length; i++) {
      String what = id(i) + " of weights " + Arrays.toString(weights);
      assertCount(counts.getOrDefault(id(i), 0), requests, shares[i], what);
    }
  }

  private void assertCount(int count, int requests, double share, String what) {
    double deviation = sigmas() * Math.sqrt(requests * share * (1 - share));
    assertThat((double) count)
        .as("requests of %d to %s", requests, what)
        .isBetween(requests * share - deviation - 1e-6, requests * share + deviation + 1e-6);
  }

  /**
   * Requests begin and do not end, so that a strategy which compares loads has something to go by.
   */
  private Map<String, Integer> count(double[] weights, int requests, RandomGenerator random) {
    Map<String, Integer> counts = new HashMap<>();
    try (Balancer balancer = balancer(set(weights), random)) {
      for (int i = 0; i < requests; i++) {
        Node node = balancer.select(RequestContext.none());
        long stamp = node.begin();
        assertThat(stamp).isNotEqualTo(Node.REFUSED);
        counts.merge(node.endpoint().id(), 1, Integer::sum);
      }
    }
    return counts;
  }

  private static Node chooseBeginEnd(Balancer balancer) {
    Node node = balancer.select(RequestContext.none());
    long stamp = node.begin();
    while (stamp == Node.REFUSED) {
      node = balancer.select(RequestContext.none());
      stamp = node.begin();
    }
    node.end(stamp, Outcome.SUCCESS);
    return node;
  }

  private Balancer balancer(EndpointSet set, RandomGenerator random) {
    return build(EndpointSource.of(set), random);
  }

  private Balancer build(EndpointSource source, RandomGenerator random) {
    FakeTicker ticker = new FakeTicker(Chance.SEED);
    return Balancer.builder("contract")
        .source(source)
        .strategy(strategy())
        .random(random)
        .ticker(ticker)
        .scheduler(new ManualScheduler(ticker))
        .build();
  }

  private EndpointSet set(double[] weights) {
    return EndpointSet.of(
        IntStream.range(0, weights.length)
            .mapToObj(i -> endpoint(Numbered.endpoint(i, weights[i]), i))
            .toList());
  }
}
