package io.evenkeel.lb.strategy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.Explanation;
import io.evenkeel.lb.RequestContext;
import io.evenkeel.lb.testkit.Allocations;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PriorityTiersTest {
  private static final int REQUESTS = 100_000;

  @Test
  void whatATierIsNotFitForSpillsDown() {
    assertLoads(new int[] {100, 100}, 100, 0);
    assertLoads(new int[] {72, 100}, 100, 0);
    assertLoads(new int[] {71, 100}, 99, 1);
    assertLoads(new int[] {50, 100}, 70, 30);
    assertLoads(new int[] {25, 100}, 35, 65);
    assertLoads(new int[] {0, 100}, 0, 100);
    assertLoads(new int[] {72, 72, 100}, 100, 0, 0);
    assertLoads(new int[] {71, 71, 100}, 99, 1, 0);
    assertLoads(new int[] {50, 50, 100}, 70, 30, 0);
    assertLoads(new int[] {25, 100, 100}, 35, 65, 0);
    assertLoads(new int[] {25, 25, 100}, 35, 35, 30);
  }

  @Test
  void tiersThatTogetherAreNotFitEnoughShareByTheirHealth() {
    assertLoads(new int[] {25, 25}, 50, 50);
    assertLoads(new int[] {10, 30}, 25, 75);
    assertLoads(new int[] {20, 20, 20}, 100 / 3.0, 100 / 3.0, 100 / 3.0);
    assertLoads(new int[] {1, 0}, 100, 0);
  }

  /** Tiers of 100 nodes each, of which so many are usable. */
  private static void assertLoads(int[] usable, double... expected) {
    try (VirtualBalancer virtual = new VirtualBalancer(PriorityTiers.of(RoundRobin.of()))) {
      List<Endpoint> endpoints = new ArrayList<>();
      for (int tier = 0; tier < usable.length; tier++) {
        for (int i = 0; i < 100; i++) {
          endpoints.add(endpoint(tier, i));
        }
      }
      virtual.publish(endpoints.toArray(Endpoint[]::new));
      for (int tier = 0; tier < usable.length; tier++) {
        for (int i = usable[tier]; i < 100; i++) {
          virtual.judge(endpoint(tier, i), 0);
        }
      }
      double[] loads = new double[usable.length];
      virtual
          .counts(REQUESTS)
          .forEach((id, count) -> loads[id.charAt(0) - '0'] += count * 100.0 / REQUESTS);
      for (int tier = 0; tier < loads.length; tier++) {
        double share = expected[tier] / 100;
        assertThat(loads[tier])
            .as("%% of tier %d of %s", tier, Arrays.toString(usable))
            .isCloseTo(
                expected[tier], within(500 * Math.sqrt(share * (1 - share) / REQUESTS) + 1e-9));
      }
      assertThat(virtual.faults).isEmpty();
    }
  }

  @Test
  void healthCountsByWeightAndPartOfAWeightIsPartOfHealth() {
    try (VirtualBalancer virtual = new VirtualBalancer(PriorityTiers.of(RoundRobin.of()))) {
      Endpoint heavy = endpoint(0, 1).toBuilder().weight(3).build();
      virtual.publish(heavy, endpoint(0, 2), endpoint(1, 1));
      virtual.judge(heavy, 1.0 / 3);
      // 2 of 4, which is 70 %.
      assertThat(virtual.counts(REQUESTS).getOrDefault(endpoint(1, 1).id(), 0) / (double) REQUESTS)
          .isCloseTo(0.3, within(0.008));
      virtual.judge(heavy, 2.0 / 3);
      assertThat(virtual.counts(1_000)).doesNotContainKey(endpoint(1, 1).id());
    }
  }

  @Test
  void aTierThatHasOneUsableNodeLeftKeepsOnePercent() {
    try (VirtualBalancer virtual = new VirtualBalancer(PriorityTiers.of(RoundRobin.of()))) {
      Endpoint heavy = endpoint(0, 1).toBuilder().weight(1_000).build();
      virtual.publish(heavy, endpoint(0, 2), endpoint(1, 1));
      virtual.judge(heavy, 0);
      assertThat(share(virtual, endpoint(0, 2))).isCloseTo(0.01, within(0.002));
      virtual.judge(endpoint(1, 1), 0);
      assertThat(share(virtual, endpoint(0, 2))).isEqualTo(1);
    }
  }

  @Test
  void aPercentIsNotLostInTheArithmetic() {
    // 1.15 * 100 is 114.99999999999999.
    PriorityTiers tiers = PriorityTiers.builder(RoundRobin.of()).overprovisioning(1.15).build();
    try (VirtualBalancer virtual = new VirtualBalancer(tiers)) {
      Endpoint most = endpoint(0, 1).toBuilder().weight(60).build();
      Endpoint rest = endpoint(0, 2).toBuilder().weight(40).build();
      virtual.publish(most, rest, endpoint(1, 1));
      virtual.judge(rest, 0);
      assertThat(share(virtual, most)).isCloseTo(0.69, within(0.005));
    }
  }

  private static double share(VirtualBalancer virtual, Endpoint endpoint) {
    return virtual.counts(REQUESTS).getOrDefault(endpoint.id(), 0) / (double) REQUESTS;
  }

  @Test
  void aTierGetsARequestThatHasTriedAllOfTheOneBefore() {
    try (VirtualBalancer virtual = new VirtualBalancer(PriorityTiers.of(RoundRobin.of()))) {
      List<Endpoint> order =
          List.of(
              endpoint(0, 1),
              endpoint(0, 2),
              endpoint(0, 3),
              endpoint(1, 1),
              endpoint(1, 2),
              endpoint(2, 1));
      virtual.publish(order.toArray(Endpoint[]::new));
      for (int tried = 0; tried < order.size(); tried++) {
        Request retry = Request.retry(order.subList(0, tried).toArray(Endpoint[]::new));
        int tier = order.get(tried).priority();
        List<String> left =
            order.subList(tried, order.size()).stream()
                .filter(endpoint -> endpoint.priority() == tier)
                .map(Endpoint::id)
                .toList();
        assertThat(virtual.counts(300, retry)).containsOnlyKeys(left);
      }
      Request all = Request.retry(order.toArray(Endpoint[]::new));
      assertThat(virtual.counts(300, all).keySet()).allMatch(id -> id.startsWith("0"));
    }
  }

  @Test
  void aRequestThatLeavesItsTierIsSpreadEvenlyOverTheNext() {
    try (VirtualBalancer virtual = new VirtualBalancer(PriorityTiers.of(RoundRobin.of()))) {
      List<Endpoint> endpoints = new ArrayList<>();
      // In the order of ids the last tier comes first.
      for (int i = 0; i < 6; i++) {
        int priority = i < 2 ? 2 : i < 5 ? 1 : 0;
        endpoints.add(endpoint(i, i).toBuilder().priority(priority).build());
      }
      virtual.publish(endpoints.toArray(Endpoint[]::new));
      Map<String, Integer> counts = virtual.counts(30_000, Request.retry(endpoints.get(5)));
      assertThat(counts).hasSize(3).allSatisfy((id, n) -> assertThat(n).isBetween(9_600, 10_400));
    }
  }

  @Test
  void theKeysOfATierAreAnyKeys() {
    // With one point for each node, a range of keys would miss some nodes.
    try (VirtualBalancer virtual = new VirtualBalancer(PriorityTiers.of(RingHash.ofPoints(1)))) {
      List<Endpoint> endpoints =
          IntStream.range(0, 40).mapToObj(i -> endpoint(i / 20, i % 20)).toList();
      virtual.publish(endpoints.toArray(Endpoint[]::new));
      endpoints.subList(0, 10).forEach(each -> virtual.judge(each, 0));
      Map<Integer, Set<String>> met = new HashMap<>();
      for (int key = 1; key <= 50_000; key++) {
        Endpoint endpoint = virtual.balancer.select(Request.of(key)).endpoint();
        met.computeIfAbsent(endpoint.priority(), tier -> new HashSet<>()).add(endpoint.id());
      }
      assertThat(met.get(0)).hasSize(10);
      assertThat(met.get(1)).hasSize(20);
    }
  }

  @Test
  void aRequestThatLeavesALowerTierGoesToTheFirst() {
    try (VirtualBalancer virtual = new VirtualBalancer(PriorityTiers.of(RoundRobin.of()))) {
      Endpoint lost = endpoint(0, 2);
      virtual.publish(endpoint(0, 1), lost, endpoint(0, 3), endpoint(1, 1), endpoint(2, 1));
      virtual.judge(lost, 0);
      Map<String, Integer> counts = virtual.counts(10_000, Request.retry(endpoint(1, 1)));
      assertThat(counts).containsOnlyKeys(endpoint(0, 1).id(), endpoint(0, 3).id());
    }
  }

  @Test
  void requestsWithTheSameAffinityStayInATierAndFewMoveWithTheShares() {
    try (VirtualBalancer virtual = new VirtualBalancer(PriorityTiers.of(RoundRobin.of()))) {
      Endpoint[] endpoints =
          IntStream.range(0, 200)
              .mapToObj(i -> endpoint(i / 100, i % 100))
              .toArray(Endpoint[]::new);
      virtual.publish(endpoints);
      for (int i = 50; i < 100; i++) {
        virtual.judge(endpoint(0, i), 0);
      }
      int keys = 20_000;
      boolean[] spilled = new boolean[keys];
      for (int key = 0; key < keys; key++) {
        spilled[key] = tierOf(virtual, key + 1) == 1;
        assertThat(tierOf(virtual, key + 1) == 1).isEqualTo(spilled[key]);
      }
      assertThat(IntStream.range(0, keys).filter(key -> spilled[key]).count() / (double) keys)
          .isCloseTo(0.3, within(0.02));
      virtual.judge(endpoint(0, 49), 0);
      int moved = 0;
      for (int key = 0; key < keys; key++) {
        boolean spills = tierOf(virtual, key + 1) == 1;
        moved += spills != spilled[key] ? 1 : 0;
        assertThat(spills || !spilled[key]).isTrue();
      }
      // 49 of 100 keep 68 %.
      assertThat(moved / (double) keys).isCloseTo(0.02, within(0.005));
    }
  }

  private static int tierOf(VirtualBalancer virtual, long affinity) {
    return virtual.balancer.select(Request.of(affinity)).endpoint().priority();
  }

  @Test
  void aSlowStartAroundBringsATierBackByDegrees() {
    try (VirtualBalancer virtual =
        new VirtualBalancer(SlowStart.of(PriorityTiers.of(RoundRobin.of())))) {
      Endpoint first = endpoint(0, 1);
      Endpoint second = endpoint(1, 1);
      virtual.publish(first, second);
      assertThat(virtual.counts(100)).containsOnlyKeys(first.id());
      virtual.judge(first, 0);
      assertThat(virtual.counts(100)).containsOnlyKeys(second.id());
      virtual.judge(first, 1);
      assertThat(virtual.counts(REQUESTS).getOrDefault(first.id(), 0) / (double) REQUESTS)
          .isCloseTo(0.14, within(0.006));
      virtual.advance(Duration.ofSeconds(15));
      assertThat(virtual.counts(REQUESTS).getOrDefault(first.id(), 0) / (double) REQUESTS)
          .isCloseTo(0.70, within(0.008));
      virtual.advance(Duration.ofSeconds(15));
      assertThat(virtual.counts(100)).containsOnlyKeys(first.id());
    }
  }

  @Test
  void innerSelectorsGoOnFromThoseOfTheirTier() {
    Recorder inner = new Recorder();
    try (VirtualBalancer virtual = new VirtualBalancer(PriorityTiers.of(inner))) {
      virtual.publish(endpoint(0, 1), endpoint(0, 2));
      // One tier: the inner selector is all there is.
      virtual.publish(endpoint(0, 1), endpoint(0, 2), endpoint(1, 1));
      assertThat(inner.previous.get(1)).isSameAs(inner.made.get(0));
      // Both tiers are in use.
      virtual.judge(endpoint(0, 1), 0);
      assertThat(inner.previous.subList(2, 4)).containsExactly(inner.made.get(1), null);
      // The second is idle for a while, and then goes on.
      virtual.judge(endpoint(0, 1), 1);
      virtual.judge(endpoint(0, 1), 0);
      assertThat(inner.previous.subList(5, 7))
          .containsExactly(inner.made.get(4), inner.made.get(3));
      // The first is lost.
      virtual.judge(endpoint(0, 2), 0);
      assertThat(inner.previous.get(7)).isSameAs(inner.made.get(6));
      assertThat(PriorityTiers.of(inner).loadMetric()).isSameAs(inner.loadMetric());
    }
  }

  @Test
  void tiersMayComeFromAnyFact() {
    PriorityTiers tiers =
        PriorityTiers.builder(RoundRobin.of())
            .priority(endpoint -> Integer.parseInt(endpoint.metadata().get("tier")))
            .overprovisioning(1)
            .build();
    try (VirtualBalancer virtual = new VirtualBalancer(tiers)) {
      Endpoint a = Endpoint.builder("10.0.0.1", 1).id("a").metadata("tier", "-1").build();
      Endpoint b = Endpoint.builder("10.0.0.1", 2).id("b").metadata("tier", "-1").build();
      Endpoint c = Endpoint.builder("10.0.0.1", 3).id("c").metadata("tier", "7").build();
      virtual.publish(a, b, c);
      virtual.judge(b, 0);
      assertThat(virtual.counts(REQUESTS).getOrDefault("c", 0) / (double) REQUESTS)
          .isCloseTo(0.5, within(0.01));
    }
  }

  @Test
  void explainingNamesTheTierAndLeavesNoMark() {
    PriorityTiers tiers = PriorityTiers.of(RoundRobin.of());
    try (VirtualBalancer asked = new VirtualBalancer(tiers);
        VirtualBalancer twin = new VirtualBalancer(tiers)) {
      List<Endpoint> endpoints = IntStream.range(0, 8).mapToObj(i -> endpoint(i / 4, i)).toList();
      for (VirtualBalancer each : List.of(asked, twin)) {
        each.publish(endpoints.toArray(Endpoint[]::new));
        each.judge(endpoints.get(0), 0);
        each.judge(endpoints.get(1), 0);
      }
      for (int key = 1; key <= 500; key++) {
        // With an affinity the draw is no chance, and a cursor that has moved shows.
        Request request = Request.of(key);
        Explanation explained = asked.balancer.explain(request);
        Endpoint chosen = asked.balancer.select(request).endpoint();
        assertThat(explained.choice()).isEqualTo(chosen);
        assertThat(explained.why())
            .containsExactly("tier " + chosen.priority() + " drawn", "its turn");
        assertThat(twin.balancer.select(request).endpoint()).isEqualTo(chosen);
      }
      Request retry = Request.retry(endpoints.get(2), endpoints.get(3));
      Explanation explained = asked.balancer.explain(retry);
      assertThat(explained.choice()).isIn(endpoints.subList(4, 8));
      assertThat(asked.balancer.explain(Request.retry(endpoints.get(2))).choice())
          .isNotEqualTo(endpoints.get(2));
      for (int i = 0; i < 100 && !explained.why().get(0).startsWith("tier 0"); i++) {
        explained = asked.balancer.explain(retry);
      }
      assertThat(explained.why())
          .containsExactly(
              "tier 0 drawn", "its turn", "no untried choice there: a node of tier 1 at random");
    }
  }

  @Test
  void drawingATierAllocatesNothing() {
    try (VirtualBalancer virtual = new VirtualBalancer(PriorityTiers.of(RoundRobin.of()))) {
      virtual.publish(endpoint(0, 1), endpoint(0, 2), endpoint(1, 1), endpoint(1, 2));
      virtual.judge(endpoint(0, 1), 0);
      Request retry = Request.retry(endpoint(0, 2));
      Allocations.assertNone("tiers", () -> virtual.balancer.select(RequestContext.none()));
      Allocations.assertNone("tiers, a retry", () -> virtual.balancer.select(retry));
    }
  }

  @Test
  void settingsArePrintedAndOnesOutOfRangeRefused() {
    assertThat(PriorityTiers.of(RoundRobin.of()))
        .hasToString("PriorityTiers[overprovisioning=1.4, inner=RoundRobin]");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> PriorityTiers.builder(RoundRobin.of()).overprovisioning(0.9))
        .withMessage("overprovisioning: 0.9 (expected: 1..100)");
  }

  private static Endpoint endpoint(int tier, int index) {
    return Endpoint.builder("10.0.0.1", 1 + index).id(tier + "-" + index).priority(tier).build();
  }
}
