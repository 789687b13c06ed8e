package io.evenkeel.lb.testkit.cluster;

import static io.evenkeel.lb.testkit.cluster.Change.dies;
import static io.evenkeel.lb.testkit.cluster.Change.refuses;
import static java.time.Duration.ofMillis;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.Outcome;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Clients and servers in two zones. Each request takes 10 ms, and the way 3 ms. */
class ClusterZonesTest {
  private static final Duration AWAY = ofMillis(3);

  private static ClusterBuilder cluster(String... clientZones) {
    return Cluster.builder()
        .server("near", Server.ofSlots(8).zone("a").reports())
        .clients(clientZones.length)
        .clientZones(clientZones)
        .betweenZones(AWAY)
        .strategy(Strategies.FIRST)
        .arrivals(Arrivals.constant(50))
        .requests(1000);
  }

  @Test
  void theWayToAnotherZoneIsTakenTwice() {
    assertThat(cluster("a").build().run(1).mean()).isEqualTo(ofMillis(10));
    assertThat(cluster("b").build().run(1).mean()).isEqualTo(ofMillis(16));
  }

  @Test
  void clientsAreInTheZonesInTurn() {
    ClusterResult result = cluster("b", "a", "a", "b").build().run(1);
    double far = (result.mean().toNanos() / 1e6 - 10) / 6;
    assertThat(far).isBetween(0.45, 0.55);
    List<String> zones = new ArrayList<>();
    cluster("b", "a")
        .clients(5)
        .balancer((builder, client) -> zones.add(client.zone()))
        .build()
        .run(1);
    assertThat(zones).containsExactly("b", "a", "b", "a", "b");
  }

  @Test
  void clientsWithoutAZoneAndServersWithoutOneAreNearToAll() {
    assertThat(
            Cluster.builder()
                .servers(1, Server.ofSlots(1))
                .clientZones("b")
                .betweenZones(AWAY)
                .strategy(Strategies.FIRST)
                .arrivals(Arrivals.constant(50))
                .requests(100)
                .build()
                .run(1)
                .mean())
        .isEqualTo(ofMillis(10));
  }

  @Test
  void aRefusalComesAllTheWay() {
    ClusterResult result = cluster("b").at(Duration.ZERO, refuses("near")).build().run(1);
    assertThat(result.ended(Outcome.UNREACHABLE)).isEqualTo(1000);
    assertThat(result.mean()).isEqualTo(ofMillis(6));
  }

  @Test
  void whatIsUnderWayWhenAServerDiesMeetsADeadOne() {
    // Sent at 20 ms and at 40 ms: at 42 ms the first is answered, and the second under way.
    ClusterResult result = cluster("b").requests(2).at(ofMillis(42), dies("near")).build().run(1);
    assertThat(result.ended(Outcome.SUCCESS)).isEqualTo(1);
    assertThat(result.ended(Outcome.UNREACHABLE)).isEqualTo(1);
  }

  @Test
  void aTimeoutCountsTheWay() {
    assertThat(cluster("b").timeout(ofMillis(15)).build().run(1).ended(Outcome.TIMEOUT))
        .isEqualTo(1000);
    assertThat(cluster("b").timeout(ofMillis(17)).build().run(1).succeeded()).isEqualTo(1000);
  }

  @Test
  void probesTakeTheWayAndWhatTheyHearDoesNotCountIt() {
    List<String> heard = new ArrayList<>();
    cluster("b")
        .balancer(
            (builder, client) ->
                client.scheduler().schedule(() -> probe(client, heard), ofMillis(500).toNanos()))
        .build()
        .run(1);
    assertThat(heard).containsExactly("506 ms: 10 ms");
  }

  private static void probe(SimulatedClient client, List<String> heard) {
    client
        .probe()
        .probe(Endpoint.of("near", 1))
        .thenAccept(
            report ->
                heard.add(
                    millis(client.ticker().read())
                        + " ms: "
                        + millis(report.latencyNanos())
                        + " ms"));
  }

  private static long millis(long nanos) {
    return Duration.ofNanos(nanos).toMillis();
  }

  @Test
  void badSettingsAreRefused() {
    assertThatThrownBy(() -> cluster("a").clientZones())
        .hasMessage("clientZones: 0 (expected: >= 1)");
    assertThatThrownBy(() -> cluster("a").betweenZones(ofMillis(-1)))
        .hasMessageContaining("betweenZones");
  }
}
