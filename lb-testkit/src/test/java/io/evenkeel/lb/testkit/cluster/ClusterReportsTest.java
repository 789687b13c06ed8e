package io.evenkeel.lb.testkit.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.LoadMeter;
import io.evenkeel.lb.LoadMetric;
import io.evenkeel.lb.LoadReport;
import io.evenkeel.lb.NodeSet;
import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.Selector;
import io.evenkeel.lb.Strategy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What servers say of their load, and when. Requests come every 4 ms, and take 10 ms. */
class ClusterReportsTest {
  private final List<String> heard = new ArrayList<>();

  /** Sends all to the first node, and writes down what its meter is told. */
  private final class Listening implements Strategy, LoadMetric, LoadMeter {
    @Override
    public Selector newSelector(NodeSet nodes, @Nullable Selector previous) {
      return context -> nodes.usable().get(0);
    }

    @Override
    public LoadMetric loadMetric() {
      return this;
    }

    @Override
    public LoadMeter newMeter(Endpoint endpoint, double typicalLoad, long nowNanos) {
      return this;
    }

    @Override
    public double load(int inFlight, long recentNanos) {
      return inFlight + 1.0;
    }

    @Override
    public void record(Outcome outcome, long latencyNanos, long nowNanos) {
      // Only reports matter here.
    }

    @Override
    public void report(LoadReport report, int inFlight, long nowNanos) {
      heard.add(at(nowNanos) + ": " + said(report) + ", own " + inFlight);
    }
  }

  private static String at(long nanos) {
    return Duration.ofNanos(nanos).toMillis() + " ms";
  }

  private static String said(LoadReport report) {
    return report.inFlight() + " in " + at(report.latencyNanos());
  }

  private ClusterBuilder cluster(Server server) {
    return Cluster.builder()
        .servers(1, server)
        .strategy(new Listening())
        .arrivals(Arrivals.constant(250))
        .requests(4);
  }

  @Test
  void aServerSaysNothingUnlessItReports() {
    cluster(Server.ofSlots(1)).build().run(1);
    assertThat(heard).isEmpty();
  }

  @Test
  void aResponseReportsWhatIsInHandWithItself() {
    cluster(Server.ofSlots(1).reports()).build().run(1);
    assertThat(heard)
        .startsWith("14 ms: 3 in 20 ms, own 3")
        .hasSize(4)
        .last()
        .asString()
        .startsWith("44 ms: 1 in")
        .endsWith("own 1");
  }

  @Test
  void reportsCountTheRequestsOfAllClients() {
    cluster(Server.ofSlots(1).reports()).clients(2).build().run(3);
    assertThat(heard).first().asString().startsWith("14 ms: 3 in 20 ms, own ");
    assertThat(heard).anyMatch(line -> line.contains("3 in") && !line.endsWith("own 3"));
  }

  @Test
  void aServerMayGetItWrong() {
    LoadReport wrong = LoadReport.builder().inFlight(0).latencyNanos(1_000_000).build();
    cluster(Server.ofSlots(1).reports(truth -> wrong)).build().run(1);
    assertThat(heard).hasSize(4).allMatch(line -> line.contains(": 0 in 1 ms"));
  }

  @Test
  void aServerFallsSilentUntilItRecovers() {
    cluster(Server.ofSlots(1).reports())
        .at(Duration.ofMillis(20), Change.fallsSilent("s1"))
        .at(Duration.ofMillis(40), Change.recovers("s1"))
        .build()
        .run(1);
    assertThat(heard).hasSize(2);
    assertThat(heard.get(0)).startsWith("14 ms");
    assertThat(heard.get(1)).startsWith("44 ms");
  }

  @Test
  void aResponseThatComesTooLateReportsNothing() {
    cluster(Server.ofSlots(1).reports()).timeout(Duration.ofMillis(15)).build().run(1);
    assertThat(heard).containsExactly("14 ms: 3 in 20 ms, own 3");
  }

  @Test
  void probesAreAnsweredAtOnce() {
    List<String> answers = new ArrayList<>();
    cluster(Server.ofSlots(1).reports())
        .servers(1, Server.ofSlots(1))
        .balancer(
            (builder, client) ->
                client
                    .scheduler()
                    .schedule(
                        () -> {
                          for (int port = 1; port <= 2; port++) {
                            client
                                .probe()
                                .probe(Endpoint.builder("any", port).build())
                                .whenComplete(
                                    (report, error) ->
                                        answers.add(report == null ? "none" : said(report)));
                          }
                        },
                        Duration.ofMillis(15).toNanos()))
        .build()
        .run(1);
    assertThat(answers).containsExactly("2 in 20 ms", "none");
  }
}
