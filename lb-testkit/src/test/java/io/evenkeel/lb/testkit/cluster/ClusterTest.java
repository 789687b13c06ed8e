package io.evenkeel.lb.testkit.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.evenkeel.lb.BalancerEvent;
import io.evenkeel.lb.BalancerListener;
import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.HealthIndicator;
import io.evenkeel.lb.Outcome;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class ClusterTest {
  private static final Server SERVER =
      Server.ofSlots(4).serviceTime(ServiceTime.exponential(Duration.ofMillis(10)));

  /** A cluster where nearly everything happens that can. */
  private static ClusterBuilder eventful() {
    return Cluster.builder()
        .servers(5, SERVER.queue(20))
        .server("odd", SERVER.weight(3).zone("b"))
        .clients(3)
        .strategy(Strategies.BY_WEIGHT)
        .arrivals(Arrivals.poisson(1500))
        .warmUp(Duration.ofSeconds(1))
        .duration(Duration.ofSeconds(20))
        .timeout(Duration.ofMillis(80))
        .attempts(3)
        .bucket(Duration.ofMillis(100))
        .at(Duration.ofSeconds(1), Change.slows("s1", 10))
        .at(Duration.ofSeconds(2), Change.hangs("s2"))
        .at(Duration.ofSeconds(3), Change.errs("s3", 0.5))
        .at(Duration.ofSeconds(4), Change.failsFast("s4", 0.5))
        .at(Duration.ofSeconds(5), Change.dies("s5"))
        .at(Duration.ofSeconds(6), Change.joins("new", SERVER))
        .at(Duration.ofSeconds(7), Change.recovers("s1"))
        .at(Duration.ofSeconds(8), Change.restarts("s2"))
        .at(Duration.ofSeconds(9), Change.restarts("s5"))
        .at(Duration.ofSeconds(10), Change.refuses("odd"))
        .at(Duration.ofSeconds(12), Change.leaves("s3"))
        .at(Duration.ofSeconds(14), Change.joins("s3"))
        .at(Duration.ofSeconds(15), Change.weighs("s4", 2))
        .at(Duration.ofSeconds(16), Change.arrivals(Arrivals.constant(3000)));
  }

  @Test
  void theSameSeedGivesTheSameResult() {
    Cluster cluster = eventful().build();
    ClusterResult once = cluster.run(7);
    ClusterResult again = cluster.run(7);
    ClusterResult built = eventful().build().run(7);
    assertThat(again).isEqualTo(once).hasSameHashCodeAs(once).hasToString(once.toString());
    assertThat(built).isEqualTo(once);
  }

  @Test
  void anotherSeedGivesAnotherResult() {
    Cluster cluster = eventful().build();
    assertThat(cluster.run(8)).isNotEqualTo(cluster.run(7));
    assertThat(cluster.run(8).mean()).isNotEqualTo(cluster.run(7).mean());
  }

  /** Fails when anything about how a run draws changes, on any JDK and machine. */
  @Test
  void aSeedGivesTheSameResultEverywhere() {
    ClusterResult result = eventful().build().run(7);
    assertThat(List.of(result.requests(), result.attempts(), result.mean().toNanos()))
        .containsExactly(36_071L, 74_254L, 63_442_721L);
  }

  @Test
  void everyRequestEndsOnceAndEveryAttemptIsCounted() {
    for (int seed = 0; seed < 20; seed++) {
      ClusterResult result = eventful().build().run(seed);
      long ended = result.noEndpoint();
      long attempts = 0;
      for (Outcome outcome : Outcome.values()) {
        ended += result.ended(outcome);
        for (ServerResult server : result.servers()) {
          attempts += server.attempts(outcome);
        }
      }
      assertThat(ended).isEqualTo(result.requests());
      assertThat(result.succeeded() + result.failed()).isEqualTo(result.requests());
      assertThat(attempts).isEqualTo(result.attempts());
      assertThat(result.servers().stream().mapToLong(ServerResult::attempts).sum())
          .isEqualTo(result.attempts());
      assertThat(result.latency().getTotalCount()).isEqualTo(result.requests());
      assertThat(result.latencyOfSuccesses().getTotalCount()).isEqualTo(result.succeeded());
      for (ServerResult server : result.servers()) {
        assertThat(Arrays.stream(server.attemptsOverTime()).sum()).isEqualTo(server.attempts());
        assertThat(server.latency().getTotalCount()).isEqualTo(server.attempts());
        assertThat(server.utilisation()).isBetween(0.0, 1.0);
      }
    }
  }

  @Test
  void anotherServerAtTheEndChangesNothingForTheOthers() {
    ClusterBuilder builder =
        Cluster.builder()
            .servers(2, SERVER)
            .strategy(Strategies.IN_TURN)
            .arrivals(Arrivals.poisson(400))
            .requests(10_000);
    ClusterResult two = builder.build().run(1);
    ClusterResult three = builder.server("s3", SERVER.weight(0)).build().run(1);
    assertThat(three.latency()).isEqualTo(two.latency());
    assertThat(three.servers().subList(0, 2)).isEqualTo(two.servers());
  }

  @Test
  void aMillionRequests() {
    Cluster cluster =
        Cluster.builder()
            .servers(100, SERVER)
            .clients(4)
            .strategy(Strategies.IN_TURN)
            .arrivals(Arrivals.poisson(30_000))
            .timeout(Duration.ofSeconds(1))
            .requests(1_000_000)
            .build();
    long start = System.nanoTime();
    ClusterResult result = cluster.run(1);
    System.out.printf(
        Locale.ROOT, "1,000,000 requests in %.2f s%n", (System.nanoTime() - start) / 1e9);
    assertThat(result.requests()).isEqualTo(1_000_000);
    assertThat(result.latency().getTotalCount()).isEqualTo(1_000_000);
    assertThat(cluster.run(1)).isEqualTo(result);
  }

  @Test
  void whatIsPluggedInLivesInVirtualTime() {
    List<String> seen = new ArrayList<>();
    ClusterResult result =
        Cluster.builder()
            .servers(2, SERVER)
            .clients(2)
            .strategy(Strategies.IN_TURN)
            .arrivals(Arrivals.constant(100))
            .duration(Duration.ofSeconds(10))
            .warmUp(Duration.ofSeconds(1))
            .balancer(
                (builder, client) ->
                    builder
                        .panicThreshold(0)
                        .listener(noting(seen))
                        .health(
                            context ->
                                node -> unfitAfterFive(client, node.endpoint(), context::changed)))
            .build()
            .run(1);
    assertThat(result.server("s1").attemptsOverTime()[4]).isGreaterThan(40);
    assertThat(result.server("s1").attemptsOverTime()[5]).isZero();
    assertThat(result.server("s2").attemptsOverTime()[5]).isEqualTo(100);
    assertThat(seen)
        .containsExactly(
            "client-1 EndpointsChanged",
            "client-2 EndpointsChanged",
            "client-1 Closed",
            "client-2 Closed");
  }

  private static BalancerListener noting(List<String> seen) {
    return new BalancerListener() {
      @Override
      public void onEvent(BalancerEvent event) {
        seen.add(event.balancer() + " " + event.getClass().getSimpleName());
      }
    };
  }

  private static HealthIndicator unfitAfterFive(
      SimulatedClient client, Endpoint endpoint, Runnable onChange) {
    long unfitAt = Duration.ofMillis(4995).toNanos();
    client.scheduler().schedule(onChange, unfitAt - client.ticker().read());
    return new HealthIndicator() {
      @Override
      public double health() {
        return endpoint.id().equals("s1") && client.ticker().read() >= unfitAt ? 0 : 1;
      }

      @Override
      public void record(Outcome outcome, long latencyNanos, long nowNanos) {}
    };
  }

  @Test
  void aRequestThatAllNodesRefuseHasNoEndpoint() {
    ClusterResult result =
        Cluster.builder()
            .servers(3, SERVER)
            .strategy(Strategies.IN_TURN)
            .arrivals(Arrivals.constant(10))
            .requests(10)
            .balancer(builder -> builder.health(context -> node -> new Refusing()))
            .build()
            .run(1);
    assertThat(result.noEndpoint()).isEqualTo(10);
    assertThat(result.attempts()).isZero();
    assertThat(result.retries()).isZero();
    assertThat(result.mean()).isZero();
  }

  private static final class Refusing implements HealthIndicator {
    @Override
    public double health() {
      return 1;
    }

    @Override
    public boolean admit(long nowNanos) {
      return false;
    }

    @Override
    public void record(Outcome outcome, long latencyNanos, long nowNanos) {}
  }

  @Test
  void longRunsAndTimesTakeBoundedMemory() {
    ClusterResult result =
        Cluster.builder()
            .servers(1, Server.ofSlots(1).serviceTime(ServiceTime.constant(Duration.ofHours(1))))
            .strategy(Strategies.FIRST)
            .arrivals(Arrivals.constant(1e-3))
            .requests(1000)
            .build()
            .run(1);
    assertThat(result.percentile(100)).isBetween(Duration.ofHours(23), Duration.ofHours(25));
    assertThat(result.mean()).isGreaterThan(Duration.ofHours(24));
    assertThat(result.server("s1").attemptsOverTime()).hasSizeBetween(200, 512);
    assertThat(result.server("s1").inFlightOverTime()[100]).isGreaterThan(50);
    assertThat(result.server("s1").utilisation()).isGreaterThan(0.99);
  }

  @Test
  void theReportSaysWhatMatters() {
    ClusterResult result = eventful().build().run(7);
    assertThat(result.toString())
        .contains("strategy=BY_WEIGHT", "seed 7", "succeeded", "p99.9", "TIMEOUT", "odd", "new");
    assertThat(result.server("odd").toString()).startsWith("odd ");
  }

  @Test
  void badSettingsAreNamed() {
    ClusterBuilder builder = Cluster.builder();
    Duration minus = Duration.ofMillis(-1);
    refused(() -> builder.servers(0, SERVER), "servers: 0 (expected: >= 1)");
    refused(() -> builder.clients(0), "clients: 0 (expected: 1..10000)");
    refused(() -> builder.requests(0), "requests: 0 (expected: 1..1000000000)");
    refused(() -> builder.attempts(101), "attempts: 101 (expected: 1..100)");
    refused(() -> builder.duration(Duration.ZERO), "duration: PT0S (expected: PT0.000001S..");
    refused(() -> builder.warmUp(minus), "warmUp: PT-0.001S (expected: PT0S..PT8760H)");
    refused(() -> builder.timeout(Duration.ZERO), "timeout: PT0S (expected: ");
    refused(() -> builder.bucket(Duration.ZERO), "bucket: PT0S (expected: ");
    refused(() -> builder.at(minus, Change.dies("s1")), "time: PT-0.001S (expected: ");
    refused(() -> Server.ofSlots(0), "slots: 0 (expected: 1..1000000)");
    refused(() -> SERVER.queue(-1), "queue: -1 (expected: >= 0)");
    refused(() -> SERVER.weight(Double.NaN), "weight: NaN (expected: 0.0..1.0E9)");
    refused(() -> Arrivals.poisson(0), "perSecond: 0.0 (expected: above 0, up to 1e9)");
    refused(() -> ServiceTime.constant(minus), "time: PT-0.001S (expected: PT0S..PT1H)");
    refused(() -> ServiceTime.empirical(), "samples: 0 (expected: >= 1)");
    refused(() -> Change.slows("s1", 0), "factor: 0.0 (expected: above 0, up to 1e6)");
    refused(() -> Change.errs("s1", 1.1), "share: 1.1 (expected: 0.0..1.0)");
    refused(() -> Change.weighs("s1", -1), "weight: -1.0 (expected: 0.0..1.0E9)");
    refused(
        () -> builder.server("a", SERVER).server("a", SERVER),
        "server: a (expected: a name that is not taken)");
  }

  private static void refused(ThrowingCallable call, String message) {
    assertThatIllegalArgumentException().isThrownBy(call).withMessageStartingWith(message);
  }

  @Test
  void aClusterThatIsIncompleteOrContradictsItselfIsRefused() {
    ClusterBuilder builder = Cluster.builder();
    assertThatIllegalStateException().isThrownBy(builder::build).withMessageContaining("servers");
    builder.servers(2, SERVER);
    assertThatIllegalStateException().isThrownBy(builder::build).withMessageContaining("arrivals");
    builder.arrivals(Arrivals.constant(1));
    assertThatIllegalStateException().isThrownBy(builder::build).withMessageContaining("requests");
    builder.requests(1).duration(Duration.ofSeconds(1));
    assertThatIllegalStateException().isThrownBy(builder::build).withMessageContaining("one of");
    refused(
        () -> eventful().at(Duration.ZERO, Change.dies("s9")).build(),
        "at: PT0S s9 dies (expected: one of the cluster's servers)");
    refused(
        () -> eventful().at(Duration.ZERO, Change.joins("s1", SERVER)).build(),
        "at: PT0S s1 joins as Server[slots=4");
  }

  @Test
  void aServiceTimeThatIsNotOneEndsTheRun() {
    Cluster cluster =
        Cluster.builder()
            .servers(1, SERVER.serviceTime(random -> -1))
            .strategy(Strategies.FIRST)
            .arrivals(Arrivals.constant(1))
            .requests(1)
            .build();
    assertThatIllegalStateException()
        .isThrownBy(() -> cluster.run(1))
        .withMessageStartingWith("serviceTime: -1.0 ns (expected: ");
  }
}
