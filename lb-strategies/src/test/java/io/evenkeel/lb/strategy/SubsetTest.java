package io.evenkeel.lb.strategy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.RequestContext;
import io.evenkeel.lb.Strategy;
import io.evenkeel.lb.testkit.Allocations;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SubsetTest {
  private static final long SEED = 20_261_121;

  @Test
  void whenANodeComesOrGoesAtMostOneOfAClientsNodesChanges() {
    List<Endpoint> endpoints = servers(100);
    for (int client = 0; client < 50; client++) {
      Random random = new Random(SEED + client);
      String name = "client " + client;
      List<Endpoint> present = new ArrayList<>(endpoints.subList(0, 60));
      List<Endpoint> absent = new ArrayList<>(endpoints.subList(60, 100));
      try (Client one = new Client(inner -> Subset.byRendezvous(inner, name, 7))) {
        Set<String> before = one.subset(present);
        for (int change = 0; change < 40; change++) {
          boolean comes = random.nextBoolean();
          List<Endpoint> from = comes ? absent : present;
          Endpoint moved = from.remove(random.nextInt(from.size()));
          (comes ? present : absent).add(moved);
          Set<String> after = one.subset(present);
          assertThat(after).hasSize(7);
          Set<String> gone = new HashSet<>(before);
          gone.removeAll(after);
          Set<String> come = new HashSet<>(after);
          come.removeAll(before);
          // A node that comes may take a place, one that goes leaves its own, and no other moves.
          assertThat(comes ? come : gone).isSubsetOf(Set.of(moved.id()));
          assertThat(come).hasSameSizeAs(gone);
          before = after;
        }
      }
    }
  }

  @Test
  void byRendezvousServersGetWhatChanceGivesThem() {
    double[] loads = loads(100, servers(100), i -> in -> Subset.byRendezvous(in, "c" + i, 5));
    // How many of 100 clients, each with a chance of 1 in 20: 5 with a deviation of 2.2.
    assertThat(most(loads)).isBetween(1.8, 3.2);
    assertThat(Arrays.stream(loads).map(load -> load - 1).map(d -> d * d).average().orElse(0))
        .isBetween(0.1, 0.3);
  }

  @Test
  void byPositionEveryServerGetsItsShare() {
    for (int[] each : new int[][] {{100, 100}, {100, 37}, {7, 100}, {13, 13}, {1, 30}, {250, 9}}) {
      int clients = each[0];
      double[] loads =
          loads(clients, servers(each[1]), i -> in -> Subset.byPosition(in, i, clients, 5));
      assertThat(Arrays.stream(loads).map(load -> Math.abs(load - 1)).max().orElse(1))
          .as("loads of %d servers by %d clients", each[1], clients)
          .isLessThan(1e-6);
    }
  }

  @Test
  void byPositionEveryServerGetsItsShareByWeight() {
    List<Endpoint> servers = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      servers.add(server(i).toBuilder().weight(1 + i % 3).build());
    }
    double[] loads = loads(40, servers, i -> in -> Subset.byPosition(in, i, 40, 8));
    for (int i = 0; i < loads.length; i++) {
      assertThat(loads[i]).isCloseTo((1 + i % 3) / 2.0, within(1e-6));
    }
  }

  @Test
  void byPositionCountsOfRequestsAreEvenToo() {
    int[] counts = new int[100];
    for (int client = 0; client < 100; client++) {
      try (VirtualBalancer virtual =
          new VirtualBalancer(Subset.byPosition(RoundRobin.of(), client, 100, 5), client)) {
        virtual.publish(servers(100).toArray(Endpoint[]::new));
        virtual.counts(500).forEach((id, count) -> counts[number(id)] += count);
      }
    }
    assertThat(Arrays.stream(counts).max().orElse(0) / 500.0).isLessThanOrEqualTo(1.2);
  }

  @Test
  void aNodeThatNobodyCanUseLeavesItsShareToAsManyOthersAsItHasClients() {
    double[] loads = new double[100];
    for (int client = 0; client < 100; client++) {
      int index = client;
      try (Client one = new Client(inner -> Subset.byPosition(inner, index, 100, 5))) {
        one.subset(servers(100));
        one.virtual.judge(server(17), 0);
        assertThat(one.inner.weights()).hasSize(5);
        one.addTo(loads);
      }
    }
    assertThat(loads[17]).isZero();
    assertThat(most(loads)).isCloseTo(1.2, within(1e-6));
    assertThat(Arrays.stream(loads).filter(load -> load > 1.1).count()).isEqualTo(5);
  }

  @Test
  void aSubsetIsFilledUpWhileThereAreNodesAndGoesBack() {
    for (Function<Strategy, Subset> form : forms(6)) {
      try (Client one = new Client(form)) {
        List<Endpoint> servers = servers(30);
        Set<String> known = one.subset(servers);
        assertThat(known).hasSize(6);
        List<Endpoint> order = new ArrayList<>(servers);
        Collections.shuffle(order, new Random(SEED));
        Set<String> out = new HashSet<>();
        for (Endpoint lost : order.subList(0, 29)) {
          one.virtual.judge(lost, 0);
          out.add(lost.id());
          Set<String> now = one.inner.weights().keySet();
          assertThat(now).hasSize(Math.min(6, 30 - out.size())).doesNotContainAnyElementsOf(out);
          Set<String> kept = new HashSet<>(known);
          kept.removeAll(out);
          assertThat(now).containsAll(kept);
        }
        for (Endpoint back : order.subList(0, 29)) {
          one.virtual.judge(back, 1);
        }
        assertThat(one.inner.weights()).containsOnlyKeys(known);
      }
    }
  }

  @Test
  void healthAndWeightChangeNoMembersByRendezvousAndHealthNoneByPosition() {
    for (Function<Strategy, Subset> form : forms(6)) {
      try (Client one = new Client(form)) {
        Set<String> known = one.subset(servers(30));
        for (int i = 0; i < 30; i++) {
          one.virtual.judge(server(i), 0.01 + i / 50.0);
        }
        assertThat(one.inner.weights()).containsOnlyKeys(known);
        one.inner
            .weights()
            .forEach(
                (id, weight) -> assertThat(weight).isLessThanOrEqualTo(0.01 + number(id) / 50.0));
      }
    }
    try (Client one = new Client(forms(6).get(0))) {
      Set<String> known = one.subset(servers(30));
      List<Endpoint> weighed =
          servers(30).stream()
              .map(each -> each.toBuilder().weight(1.0 + number(each.id())).build())
              .toList();
      assertThat(one.subset(weighed)).isEqualTo(known);
    }
  }

  @Test
  void theOrderOfTheSourceDoesNotMatter() {
    for (Function<Strategy, Subset> form : forms(6)) {
      List<Endpoint> shuffled = servers(30);
      Collections.shuffle(shuffled, new Random(SEED));
      try (Client one = new Client(form);
          Client other = new Client(form)) {
        assertThat(one.subset(servers(30))).isEqualTo(other.subset(shuffled));
      }
    }
  }

  @Test
  void neighboursByIdAreNoneOnTheRing() {
    int runs = 0;
    for (int client = 0; client < 20; client++) {
      int index = client;
      try (Client one = new Client(inner -> Subset.byPosition(inner, index, 20, 5))) {
        List<Integer> ids =
            one.subset(servers(100)).stream().map(SubsetTest::number).sorted().toList();
        runs += ids.get(ids.size() - 1) - ids.get(0) < 10 ? 1 : 0;
      }
    }
    assertThat(runs).isLessThan(3);
  }

  @Test
  void aRetryStaysInTheSubsetWhileItCan() {
    for (Function<Strategy, Subset> form : forms(3)) {
      try (VirtualBalancer virtual = new VirtualBalancer(form.apply(RoundRobin.of()))) {
        virtual.publish(servers(10).toArray(Endpoint[]::new));
        Set<String> subset = virtual.counts(100).keySet();
        assertThat(subset).hasSize(3);
        Request retry = new Request();
        for (String id : subset) {
          Set<String> left = new HashSet<>(subset);
          left.removeAll(retry.tried);
          assertThat(virtual.counts(200, retry)).containsOnlyKeys(left);
          retry.tried.add(id);
        }
        assertThat(virtual.counts(500, retry).keySet())
            .hasSize(7)
            .doesNotContainAnyElementsOf(subset);
        servers(10).forEach(each -> retry.tried.add(each.id()));
        assertThat(subset).containsAll(virtual.counts(50, retry).keySet());
      }
    }
  }

  @Test
  void eachTierHasASubsetOfItsOwn() {
    for (Function<Strategy, Subset> form : forms(4)) {
      try (VirtualBalancer virtual =
          new VirtualBalancer(PriorityTiers.of(form.apply(RoundRobin.of())))) {
        List<Endpoint> servers = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
          servers.add(server(i).toBuilder().priority(i % 2).build());
        }
        virtual.publish(servers.toArray(Endpoint[]::new));
        assertThat(virtual.counts(1_000))
            .hasSize(4)
            .allSatisfy((id, n) -> assertThat(number(id) % 2).isZero());
        for (int i = 0; i < 20; i += 2) {
          virtual.judge(servers.get(i), 0);
        }
        // Half of the first tier: 70 % stay.
        Map<String, Integer> counts = virtual.counts(10_000);
        assertThat(counts).hasSize(8);
        int stayed =
            counts.entrySet().stream()
                .filter(each -> number(each.getKey()) % 2 == 0)
                .mapToInt(Map.Entry::getValue)
                .sum();
        assertThat(stayed / 10_000.0).isCloseTo(0.7, within(0.025));
      }
    }
  }

  @Test
  void weightsOfAnySizeAreTaken() {
    for (double[] weights :
        new double[][] {
          {1e9, 1e9, 1e9, 1},
          {Double.MIN_VALUE, Double.MIN_VALUE, 1, 1e9},
          {1e9, 1, 1, 1, 1, 1}
        }) {
      List<Endpoint> servers = new ArrayList<>();
      for (int i = 0; i < weights.length; i++) {
        servers.add(server(i).toBuilder().weight(weights[i]).build());
      }
      for (int index = 0; index < 7; index++) {
        int at = index;
        try (Client one = new Client(inner -> Subset.byPosition(inner, at, 7, 3))) {
          assertThat(one.subset(servers)).hasSizeGreaterThanOrEqualTo(3);
        }
      }
    }
  }

  @Test
  void withinASubsetAllocatesNothing() {
    for (Function<Strategy, Subset> form : forms(5)) {
      try (VirtualBalancer virtual = new VirtualBalancer(form.apply(RoundRobin.of()))) {
        virtual.publish(servers(50).toArray(Endpoint[]::new));
        Request retry = Request.retry(server(1), server(2), server(3));
        Allocations.assertNone("subset", () -> virtual.balancer.select(RequestContext.none()));
        Allocations.assertNone("subset, a retry", () -> virtual.balancer.select(retry));
      }
    }
  }

  @Test
  void innerSelectorsGoOnWhenTheSubsetChanges() {
    Recorder inner = new Recorder();
    try (VirtualBalancer virtual = new VirtualBalancer(Subset.byRendezvous(inner, "c", 3))) {
      virtual.publish(servers(2).toArray(Endpoint[]::new));
      virtual.publish(servers(9).toArray(Endpoint[]::new));
      virtual.publish(servers(10).toArray(Endpoint[]::new));
      assertThat(inner.previous.get(0)).isNull();
      assertThat(inner.previous.subList(1, 3)).isEqualTo(inner.made.subList(0, 2));
      assertThat(Subset.byPosition(inner, 0, 1).loadMetric()).isSameAs(inner.loadMetric());
    }
  }

  @Test
  void settingsArePrintedAndOnesOutOfRangeRefused() {
    RoundRobin inner = RoundRobin.of();
    assertThat(Subset.byRendezvous(inner, "web-3", 20))
        .hasToString("Subset[client=web-3, size=20, inner=RoundRobin]");
    assertThat(Subset.byPosition(inner, 3, 9))
        .hasToString("Subset[index=3, clients=9, minSize=12, inner=RoundRobin]");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Subset.byRendezvous(inner, "a", 0))
        .withMessage("size: 0 (expected: >= 1)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Subset.byPosition(inner, 9, 9))
        .withMessage("index: 9 (expected: 0..8)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Subset.byPosition(inner, 0, 0))
        .withMessage("clients: 0 (expected: >= 1)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Subset.byPosition(inner, 0, 1, 0))
        .withMessage("minSize: 0 (expected: >= 1)");
  }

  private static List<Function<Strategy, Subset>> forms(int size) {
    return List.of(
        inner -> Subset.byRendezvous(inner, "a client", size),
        inner -> Subset.byPosition(inner, 3, 30, size));
  }

  /** What each server gets of all clients' requests, in units of the mean. */
  private static double[] loads(
      int clients, List<Endpoint> servers, IntFunction<Function<Strategy, Subset>> form) {
    double[] loads = new double[servers.size()];
    for (int i = 0; i < clients; i++) {
      try (Client one = new Client(form.apply(i))) {
        assertThat(one.subset(servers)).hasSizeGreaterThanOrEqualTo(Math.min(5, loads.length));
        one.addTo(loads);
      }
    }
    double mean = Arrays.stream(loads).sum() / loads.length;
    return Arrays.stream(loads).map(load -> load / mean).toArray();
  }

  private static double most(double[] loads) {
    double mean = Arrays.stream(loads).sum() / loads.length;
    return Arrays.stream(loads).max().orElse(0) / mean;
  }

  private static List<Endpoint> servers(int n) {
    return new ArrayList<>(IntStream.range(0, n).mapToObj(SubsetTest::server).toList());
  }

  private static Endpoint server(int i) {
    return Endpoint.builder("10.0.0.1", 1 + i).id(String.format("s%03d", i)).build();
  }

  private static int number(String id) {
    return Integer.parseInt(id.substring(1));
  }

  private static final class Client implements AutoCloseable {
    final Recorder inner = new Recorder();
    final VirtualBalancer virtual;

    Client(Function<Strategy, Subset> form) {
      virtual = new VirtualBalancer(form.apply(inner));
    }

    Set<String> subset(List<Endpoint> endpoints) {
      virtual.publish(endpoints.toArray(Endpoint[]::new));
      assertThat(virtual.faults).isEmpty();
      return inner.weights().keySet();
    }

    /** One client's requests, by the weights of its nodes. */
    void addTo(double[] loads) {
      Map<String, Double> weights = inner.weights();
      double sum = weights.values().stream().mapToDouble(each -> each).sum();
      weights.forEach((id, weight) -> loads[number(id)] += weight / sum);
    }

    @Override
    public void close() {
      virtual.close();
    }
  }
}
