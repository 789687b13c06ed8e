package io.evenkeel.lb.strategy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.LoadMetric;
import io.evenkeel.lb.NodeSet;
import io.evenkeel.lb.RequestContext;
import io.evenkeel.lb.Selector;
import io.evenkeel.lb.Strategy;
import io.evenkeel.lb.load.Ewma;
import io.evenkeel.lb.load.PeakEwma;
import io.evenkeel.lb.testkit.Allocations;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ShadowTest {
  private static final int REQUESTS = 10_000;

  private final Comparison comparison = Comparison.of();

  @Test
  void whatIsChosenIsWhatWouldBeChosenWithoutIt() {
    // Of a strategy with a cursor, each mark would show.
    for (Strategy candidate :
        List.of(
            RoundRobin.of(),
            IdleFirst.builder().fullScanUpTo(0).build(),
            RingHash.ofDefaults(),
            Subset.byRendezvous(WeightedRoundRobin.of(), "c", 3))) {
      try (VirtualBalancer shadowed =
              new VirtualBalancer(Shadow.of(RoundRobin.of(), candidate, comparison));
          VirtualBalancer plain = new VirtualBalancer(RoundRobin.of())) {
        for (int n : new int[] {7, 8, 5, 12}) {
          shadowed.publish(endpoints(n));
          plain.publish(endpoints(n));
          for (int i = 0; i < 100; i++) {
            assertThat(shadowed.balancer.select(RequestContext.none()).endpoint())
                .isEqualTo(plain.balancer.select(RequestContext.none()).endpoint());
            shadowed.balancer.explain(RequestContext.none());
          }
        }
        assertThat(shadowed.balancer.nodes()).allMatch(node -> node.inFlight() == 0);
        assertThat(shadowed.faults).isEmpty();
      }
    }
    assertThat(comparison.result().compared()).isEqualTo(1_600);
    assertThat(comparison.result().failures()).isZero();
  }

  @Test
  void differencesAndSharesAreCounted() {
    Shadow shadow = Shadow.of(RoundRobin.of(), LeastLoad.of(FrozenLoad.byPort()), comparison);
    try (VirtualBalancer virtual = new VirtualBalancer(shadow)) {
      virtual.publish(endpoints(5));
      virtual.counts(REQUESTS);
      Comparison.Result result = comparison.result();
      assertThat(result.compared()).isEqualTo(REQUESTS);
      assertThat(result.differed()).isEqualTo(REQUESTS * 4 / 5);
      assertThat(result.firstFailure()).isNull();
      assertThat(result.shares())
          .containsExactlyElementsOf(
              IntStream.range(0, 5)
                  .mapToObj(
                      i -> new Comparison.Share(endpoint(i), REQUESTS / 5, i == 0 ? REQUESTS : 0))
                  .toList());
      assertThat(comparison).hasToString("Comparison[compared=10000, differed=8000, failures=0]");
    }
  }

  @Test
  void strategiesThatAgreeDifferInNothing() {
    try (VirtualBalancer virtual =
        new VirtualBalancer(Shadow.of(Maglev.ofDefaults(), Maglev.ofDefaults(), comparison))) {
      virtual.publish(endpoints(10));
      for (int key = 1; key <= 1_000; key++) {
        virtual.balancer.select(Request.of(key));
      }
      assertThat(comparison.result().compared()).isEqualTo(1_000);
      assertThat(comparison.result().differed()).isZero();
    }
  }

  @Test
  void oneInSoManyIsCompared() {
    Shadow shadow = Shadow.of(RoundRobin.of(), LeastLoad.of(FrozenLoad.byPort()), comparison, 10);
    try (VirtualBalancer virtual = new VirtualBalancer(shadow)) {
      virtual.publish(endpoints(5));
      assertThat(virtual.counts(REQUESTS))
          .allSatisfy((id, count) -> assertThat(count).isEqualTo(2_000));
      Comparison.Result result = comparison.result();
      double deviation = Math.sqrt(REQUESTS * 0.1 * 0.9);
      assertThat((double) result.compared()).isCloseTo(1_000, within(5 * deviation));
      assertThat(result.differed() / (double) result.compared()).isCloseTo(0.8, within(0.07));
      // Every chosen node has its part of the sample: it is not in step with the cursor.
      assertThat(result.shares())
          .allSatisfy(share -> assertThat(share.chosen()).isBetween(130L, 270L));
    }
  }

  @Test
  void aNodeThatLeavesIsForgottenAndOthersAreNot() {
    try (VirtualBalancer virtual =
        new VirtualBalancer(Shadow.of(RoundRobin.of(), RandomChoice.of(), comparison))) {
      virtual.publish(endpoints(4));
      virtual.counts(400);
      virtual.judge(endpoint(1), 0);
      assertThat(comparison.result().shares()).as("unfit, but known").hasSize(4);
      virtual.publish(endpoints(2));
      Comparison.Result result = comparison.result();
      assertThat(result.shares()).hasSize(2).allMatch(share -> share.chosen() == 100);
      assertThat(result.compared()).isEqualTo(400);
      // Back, with a new node.
      virtual.publish(endpoints(3));
      assertThat(comparison.result().shares().get(2).chosen()).isZero();
    }
  }

  @Test
  void aCandidateThatFailsDisturbsNoRequest() {
    AtomicInteger calls = new AtomicInteger();
    Strategy failing =
        (nodes, previous) -> {
          if (nodes.usable().size() == 3) {
            throw new IllegalStateException("cannot be made");
          }
          return context -> {
            switch (calls.getAndIncrement() % 4) {
              case 0 -> throw new IllegalStateException("cannot choose");
              case 1 -> throw new StackOverflowError();
              case 2 -> {
                return null;
              }
              default -> {
                return nodes.usable().get(0);
              }
            }
          };
        };
    try (VirtualBalancer virtual =
        new VirtualBalancer(Shadow.of(RoundRobin.of(), failing, comparison))) {
      virtual.publish(endpoints(4));
      assertThat(virtual.counts(400)).allSatisfy((id, count) -> assertThat(count).isEqualTo(100));
      assertThat(virtual.balancer.explain(RequestContext.none()).choice()).isNotNull();
      Comparison.Result result = comparison.result();
      assertThat(result.failures()).isEqualTo(201);
      assertThat(result.compared()).isEqualTo(100);
      assertThat(result.firstFailure()).isEqualTo("java.lang.IllegalStateException: cannot choose");
      virtual.publish(endpoints(3));
      assertThat(virtual.counts(300)).allSatisfy((id, count) -> assertThat(count).isEqualTo(100));
      assertThat(comparison.result().failures()).isEqualTo(202);
      assertThat(comparison.result().firstFailure()).endsWith("cannot choose");
      virtual.publish(endpoints(5));
      virtual.counts(400);
      assertThat(comparison.result().compared()).isEqualTo(200);
      assertThat(virtual.faults).isEmpty();
    }
  }

  @Test
  void whatIsLeftToTheBalancerIsNotCompared() {
    Strategy first = (nodes, previous) -> context -> nodes.usable().get(0);
    Strategy second = (nodes, previous) -> context -> nodes.usable().get(1);
    try (VirtualBalancer virtual = new VirtualBalancer(Shadow.of(first, second, comparison))) {
      virtual.publish(endpoints(3));
      virtual.counts(100, Request.retry(endpoint(0)));
      virtual.counts(100, Request.retry(endpoint(1)));
      assertThat(comparison.result().compared()).isZero();
      virtual.counts(100, Request.retry(endpoint(2)));
      assertThat(comparison.result().compared()).isEqualTo(100);
    }
  }

  @Test
  void bothGoOnFromWhatTheyWere() {
    Recorder inner = new Recorder();
    Recorder candidate = new Recorder();
    Strategy byInner = new SameMetric(candidate, inner.loadMetric());
    try (VirtualBalancer virtual = new VirtualBalancer(Shadow.of(inner, byInner, comparison))) {
      virtual.publish(endpoints(2));
      virtual.publish(endpoints(3));
      assertThat(inner.previous).containsExactly(null, inner.made.get(0));
      assertThat(candidate.previous).containsExactly(null, candidate.made.get(0));
      assertThat(candidate.weights()).isEqualTo(inner.weights());
    }
  }

  @Test
  void bothMustGoByTheSameLoad() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Shadow.of(LeastLoad.requests(), IdleFirst.ofDefaults(), comparison))
        .withMessage(
            "candidate: %s by %s (expected: the load metric of %s, LoadMetric.inFlight(): a node"
                + " has one meter)",
            IdleFirst.ofDefaults(), PeakEwma.ofDefaults(), LeastLoad.requests());
    PeakEwma other = PeakEwma.builder().tau(Duration.ofSeconds(3)).build();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Shadow.of(LeastLoad.of(other), IdleFirst.ofDefaults(), comparison));
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                Shadow.of(
                    SlowStart.of(IdleFirst.ofDefaults()),
                    PriorityTiers.of(LeastLoad.of(Ewma.ofDefaults())),
                    comparison));
    Shadow same = Shadow.of(PowerOfChoices.ofDefaults(), IdleFirst.ofDefaults(), comparison);
    assertThat(same.loadMetric()).hasToString(PeakEwma.ofDefaults().toString());
    // Another strategy's default is taken for its wish: it may well read loads.
    Strategy unknown = (nodes, previous) -> context -> null;
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Shadow.of(unknown, IdleFirst.ofDefaults(), comparison));
  }

  @Test
  void aStrategyThatLooksAtNoLoadGoesWithAny() {
    IdleFirst byLoad = IdleFirst.builder().metric(FrozenLoad.byPort()).build();
    LoadMetric metric = byLoad.loadMetric();
    Strategy without = SlowStart.of(RingHash.ofDefaults());
    assertThat(Shadow.of(byLoad, without, comparison).loadMetric()).isSameAs(metric);
    assertThat(Shadow.of(without, byLoad, comparison).loadMetric()).isSameAs(metric);
    Shadow nested = Shadow.of(RoundRobin.of(), byLoad, comparison);
    assertThat(Shadow.of(without, nested, Comparison.of()).loadMetric()).isSameAs(metric);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Shadow.of(LeastLoad.requests(), nested, Comparison.of()));
  }

  @Test
  void whatIsAroundLooksAtTheCandidateToo() {
    Shadow shadow = Shadow.of(RoundRobin.of(), SlowStart.of(RandomChoice.of()), comparison);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> SlowStart.of(shadow))
        .withMessageContaining("no SlowStart inside SlowStart: a node would ramp up twice");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> PriorityTiers.of(Shadow.of(RandomChoice.of(), shadow, Comparison.of())));
  }

  @Test
  void withinTiersItIsComparedTierByTier() {
    Shadow shadow = Shadow.of(RoundRobin.of(), LeastLoad.of(FrozenLoad.byPort()), comparison);
    try (VirtualBalancer virtual = new VirtualBalancer(PriorityTiers.of(shadow))) {
      Endpoint[] endpoints = endpoints(8);
      for (int i = 0; i < 8; i++) {
        endpoints[i] = endpoints[i].toBuilder().priority(i / 4).build();
      }
      virtual.publish(endpoints);
      virtual.judge(endpoints[0], 0);
      virtual.judge(endpoints[1], 0);
      virtual.counts(REQUESTS);
      List<Comparison.Share> shares = comparison.result().shares();
      assertThat(shares.get(2).candidate() + shares.get(4).candidate()).isEqualTo(REQUESTS);
      assertThat(shares.get(2).candidate())
          .isEqualTo(shares.get(2).chosen() + shares.get(3).chosen());
    }
  }

  @Test
  void explainingSaysWhatTheCandidateWouldDo() {
    Shadow shadow = Shadow.of(RoundRobin.of(), LeastLoad.of(FrozenLoad.byPort()), comparison);
    try (VirtualBalancer virtual = new VirtualBalancer(shadow)) {
      virtual.publish(endpoints(3));
      assertThat(virtual.balancer.explain(RequestContext.none()).why())
          .first()
          .isEqualTo("its turn");
      assertThat(virtual.balancer.explain(RequestContext.none()).why().get(1))
          .startsWith("not in use: LeastLoad")
          .endsWith("would choose e0");
      assertThat(comparison.result().compared()).isZero();
    }
  }

  @Test
  void comparingAllocatesNothing() {
    Shadow shadow =
        Shadow.of(RoundRobin.of(), IdleFirst.builder().fullScanUpTo(0).build(), comparison);
    Shadow sampled = Shadow.of(RoundRobin.of(), RingHash.ofDefaults(), comparison, 7);
    try (VirtualBalancer all = new VirtualBalancer(shadow);
        VirtualBalancer some = new VirtualBalancer(sampled)) {
      all.publish(endpoints(50));
      some.publish(endpoints(50));
      Request retry = Request.retry(endpoint(3), endpoint(4));
      Allocations.assertNone("shadow", () -> all.balancer.select(RequestContext.none()));
      Allocations.assertNone("shadow, sampled", () -> some.balancer.select(RequestContext.none()));
      Allocations.assertNone("shadow, a retry", () -> all.balancer.select(retry));
    }
  }

  @Test
  void aCandidateMustNotBoundLoads() {
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> Shadow.of(RoundRobin.of(), BoundedLoad.of(RoundRobin.of()), Comparison.of()))
        .withMessageContaining("expected: one without a bound of load");
  }

  @Test
  void settingsArePrintedAndOnesOutOfRangeRefused() {
    assertThat(Shadow.of(RoundRobin.of(), RandomChoice.of(), comparison, 100))
        .hasToString("Shadow[candidate=RandomChoice, oneIn=100, inner=RoundRobin]");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Shadow.of(RoundRobin.of(), RandomChoice.of(), comparison, 0))
        .withMessage("oneIn: 0 (expected: 1..1000000)");
  }

  private static Endpoint[] endpoints(int n) {
    return IntStream.range(0, n).mapToObj(ShadowTest::endpoint).toArray(Endpoint[]::new);
  }

  private static Endpoint endpoint(int i) {
    return Endpoint.builder("10.0.0.1", 1 + i).id("e" + i).build();
  }

  private record SameMetric(Strategy strategy, LoadMetric metric) implements Strategy {
    @Override
    public Selector newSelector(NodeSet nodes, @Nullable Selector previous) {
      return strategy.newSelector(nodes, previous);
    }

    @Override
    public LoadMetric loadMetric() {
      return metric;
    }
  }
}
