package io.evenkeel.lb.strategy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.RequestContext;
import io.evenkeel.lb.testkit.Allocations;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ZoneAwareTest {
  private static final int REQUESTS = 200_000;

  @Test
  void aZoneWithTooFewServersKeepsWhatTheyCanTake() {
    Endpoint[] servers = servers("a", 5, "b", 10, "c", 5);
    Map<String, Double> clients = Map.of("a", 40.0, "b", 40.0, "c", 20.0);
    assertShares(shares("a", clients, servers), 0.625, 0.25, 0.125);
    assertShares(shares("b", clients, servers), 0, 1, 0);
    assertShares(shares("c", clients, servers), 0, 0, 1);
  }

  @Test
  void everyServerGetsItsShareOfTheRequestsOfAllZones() {
    Endpoint[] servers = servers("a", 3, "b", 11, "c", 6, "d", 2);
    Map<String, Double> clients = Map.of("a", 4.0, "b", 3.0, "c", 2.0, "e", 1.0);
    double[] load = new double[4];
    for (String zone : clients.keySet()) {
      double[] shares = shares(zone, clients, servers);
      for (int i = 0; i < load.length; i++) {
        load[i] += clients.get(zone) / 10 * shares[i];
      }
    }
    assertShares(load, 3 / 22.0, 11 / 22.0, 6 / 22.0, 2 / 22.0);
  }

  @Test
  void clientsAreTakenToBeSpreadEvenlyWhereNothingIsKnownOfThem() {
    Endpoint[] servers = servers("a", 2, "b", 4, "c", 6);
    // A third of the clients and a sixth of the servers.
    assertShares(shares("a", null, servers), 0.5, 0, 0.5);
    assertShares(shares("a", Map.of(), servers), 0.5, 0, 0.5);
    assertShares(shares("b", null, servers), 0, 1, 0);
    assertShares(shares("c", null, servers), 0, 0, 1);
  }

  @Test
  void equalZonesKeepAllToThemselves() {
    for (int zones = 2; zones < 12; zones++) {
      List<Endpoint> servers = new ArrayList<>();
      for (int i = 0; i < zones; i++) {
        servers.addAll(List.of(servers("z" + i, 3)));
      }
      Endpoint[] all = servers.toArray(Endpoint[]::new);
      Map<String, Integer> counts = counts(ZoneAware.of(RoundRobin.of(), "z1"), all, 1_000);
      assertThat(counts.keySet()).containsExactlyInAnyOrder("z1-0", "z1-1", "z1-2");
    }
  }

  @Test
  void withoutAServerInItsOwnZoneAClientGoesWhereThereIsMoreThanOthersNeed() {
    Map<String, Double> clients = Map.of("a", 1.0, "b", 1.0, "c", 2.0);
    assertShares(shares("a", clients, servers("b", 5, "c", 5)), 0, 1, 0);
    // Nothing is over: then by weight.
    Map<String, Double> others = Map.of("b", 1.0, "c", 1.0);
    assertShares(shares("a", others, servers("b", 5, "c", 5)), 0, 0.5, 0.5);
    assertShares(shares("elsewhere", null, servers("b", 5, "c", 5)), 0, 0.5, 0.5);
  }

  @Test
  void fewNodesAreUsedAlike() {
    Endpoint[] servers = servers("a", 1, "b", 4);
    assertShares(shares("a", null, servers), 0.2, 0.8, 0);
    ZoneAware fromFive = ZoneAware.builder(RoundRobin.of(), "b").minNodes(5).build();
    assertThat(counts(fromFive, servers, 100).keySet()).allMatch(id -> id.startsWith("b"));
  }

  @Test
  void onlyUsableNodesCountAndByWeight() {
    try (VirtualBalancer virtual =
        new VirtualBalancer(ZoneAware.of(WeightedRoundRobin.of(), "a"))) {
      Endpoint[] servers = servers("a", 4, "b", 4);
      virtual.publish(servers);
      assertThat(virtual.counts(1_000).keySet()).allMatch(id -> id.startsWith("a"));
      virtual.judge(servers[0], 0);
      virtual.judge(servers[1], 0.5);
      // 2.5 of 6.5 for half of the clients.
      double stay = 2.5 / 6.5 / 0.5;
      assertShares(shares(virtual.counts(REQUESTS), REQUESTS), stay, 1 - stay, 0);
      virtual.judge(servers[2], 0);
      virtual.judge(servers[3], 0);
      // Five are left.
      assertShares(shares(virtual.counts(REQUESTS), REQUESTS), 0.5 / 4.5, 4 / 4.5, 0);
    }
  }

  @Test
  void nodesWithoutAZoneAreOneWithoutClients() {
    List<Endpoint> servers = new ArrayList<>(List.of(servers("a", 2, "b", 3)));
    for (int i = 0; i < 5; i++) {
      servers.add(Endpoint.builder("10.0.0.1", 1 + i).id("c-" + i).build());
    }
    // a has half of the clients and a fifth of the servers; b a half and three tenths.
    assertShares(shares("a", null, servers.toArray(Endpoint[]::new)), 0.4, 0, 0.6);
  }

  @Test
  void sharesOfClientsAreAskedForAgain() {
    AtomicReference<Map<String, Double>> clients =
        new AtomicReference<>(Map.of("a", 1.0, "b", 1.0));
    ZoneAware strategy = ZoneAware.builder(RoundRobin.of(), "a").clientShares(clients::get).build();
    try (VirtualBalancer virtual = new VirtualBalancer(strategy)) {
      virtual.publish(servers("a", 5, "b", 5));
      clients.set(Map.of("a", 4.0, "b", 1.0));
      assertThat(virtual.counts(1_000).keySet()).allMatch(id -> id.startsWith("a"));
      virtual.advance(Duration.ofSeconds(10));
      assertShares(shares(virtual.counts(REQUESTS), REQUESTS), 0.625, 0.375, 0);
      clients.set(Map.of("a", Double.NaN));
      virtual.advance(Duration.ofSeconds(10));
      assertThat(virtual.faults)
          .singleElement()
          .asString()
          .contains("share of clients in a: NaN (expected: >= 0, finite)");
    }
  }

  @Test
  void aRetryGoesToTheZonesOtherNodesThenHomeThenAnywhere() {
    Map<String, Double> clients = Map.of("a", 1.0);
    ZoneAware strategy =
        ZoneAware.builder(RoundRobin.of(), "a").clientShares(() -> clients).build();
    try (VirtualBalancer virtual = new VirtualBalancer(strategy)) {
      Endpoint[] servers = servers("a", 2, "b", 2, "c", 2);
      virtual.publish(servers);
      Map<String, Integer> counts = virtual.counts(REQUESTS, Request.retry(servers[0], servers[2]));
      assertThat(counts).doesNotContainKeys("a-0", "b-0");
      assertShares(shares(counts, REQUESTS), 1 / 3.0, 1 / 3.0, 1 / 3.0);
      counts = virtual.counts(REQUESTS, Request.retry(servers[2], servers[3]));
      assertShares(shares(counts, REQUESTS), 2 / 3.0, 0, 1 / 3.0);
      counts =
          virtual.counts(REQUESTS, Request.retry(servers[0], servers[1], servers[2], servers[3]));
      assertShares(shares(counts, REQUESTS), 0, 0, 1);
    }
  }

  @Test
  void drawingAZoneAllocatesNothing() {
    try (VirtualBalancer virtual = new VirtualBalancer(ZoneAware.of(RoundRobin.of(), "a"))) {
      virtual.publish(servers("a", 2, "b", 4, "c", 4));
      Allocations.assertNone("zones", () -> virtual.balancer.select(RequestContext.none()));
    }
  }

  @Test
  void innerSelectorsGoOnFromThoseOfTheirZone() {
    Recorder inner = new Recorder();
    try (VirtualBalancer virtual = new VirtualBalancer(ZoneAware.of(inner, "a"))) {
      virtual.publish(servers("a", 2, "b", 5));
      virtual.publish(servers("a", 2, "b", 6));
      assertThat(inner.previous.subList(2, 4)).isEqualTo(inner.made.subList(0, 2));
      virtual.publish(servers("a", 7, "b", 6));
      virtual.publish(servers("a", 4, "b", 6));
      assertThat(inner.previous.subList(5, 7))
          .containsExactly(inner.made.get(4), inner.made.get(3));
      assertThat(ZoneAware.of(inner, "a").loadMetric()).isSameAs(inner.loadMetric());
    }
  }

  @Test
  void settingsArePrintedAndOnesOutOfRangeRefused() {
    assertThat(ZoneAware.of(RoundRobin.of(), "eu-1a"))
        .hasToString("ZoneAware[zone=eu-1a, minNodes=6, inner=RoundRobin]");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ZoneAware.of(RoundRobin.of(), " "))
        .withMessage("zone: \" \" (expected: not blank)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ZoneAware.builder(RoundRobin.of(), "a").minNodes(0))
        .withMessage("minNodes: 0 (expected: >= 1)");
  }

  private static double[] shares(
      String zone, @Nullable Map<String, Double> clients, Endpoint[] servers) {
    ZoneAware.Builder strategy = ZoneAware.builder(WeightedRoundRobin.of(), zone);
    if (clients != null) {
      strategy.clientShares(() -> clients);
    }
    return shares(counts(strategy.build(), servers, REQUESTS), REQUESTS);
  }

  private static Map<String, Integer> counts(ZoneAware strategy, Endpoint[] servers, int requests) {
    try (VirtualBalancer virtual = new VirtualBalancer(strategy)) {
      virtual.publish(servers);
      Map<String, Integer> counts = virtual.counts(requests);
      assertThat(virtual.faults).isEmpty();
      return counts;
    }
  }

  /** The shares of the zones a, b, c and d. */
  private static double[] shares(Map<String, Integer> counts, int requests) {
    double[] shares = new double[4];
    counts.forEach((id, count) -> shares[id.charAt(0) - 'a'] += count / (double) requests);
    return shares;
  }

  private static void assertShares(double[] shares, double... expected) {
    for (int i = 0; i < expected.length; i++) {
      double deviation = 5 * Math.sqrt(expected[i] * (1 - expected[i]) / REQUESTS);
      assertThat(shares[i])
          .as("zone %d of %s", i, Arrays.toString(shares))
          .isCloseTo(expected[i], within(deviation + 1e-5));
    }
  }

  /** Servers as from ("a", 2, "b", 1): a-0, a-1, b-0. */
  private static Endpoint[] servers(Object... zones) {
    List<Endpoint> servers = new ArrayList<>();
    Map<String, Integer> seen = new HashMap<>();
    for (int z = 0; z < zones.length; z += 2) {
      String zone = (String) zones[z];
      for (int i = 0; i < (Integer) zones[z + 1]; i++) {
        int port = seen.merge("port", 1, Integer::sum);
        servers.add(Endpoint.builder("10.0.0.1", port).id(zone + "-" + i).zone(zone).build());
      }
    }
    return servers.toArray(Endpoint[]::new);
  }
}
