package io.evenkeel.lb.benchmark;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ReportTest {
  private static Row row(String name, Map<String, String> settings, int threads, double fastest) {
    return new Row(name, settings, threads, 2 * fastest, fastest, "ns/op", 0);
  }

  private static Row peer(String peer, int threads, double fastest) {
    return row("Peer.choose", Map.of("peer", peer, "endpoints", "10"), threads, fastest);
  }

  /** The cells of the last columns, which are ratios. */
  private static List<List<String>> ratios(Group group, Row... rows) {
    return new Report(group, List.of(rows))
        .markdown(Machine.of("c0ffee", "benchmarks/run"))
        .lines()
        .filter(line -> line.contains("| 0.00 |"))
        .map(line -> Arrays.stream(line.split("\\|", -1)).map(String::strip).toList())
        .map(cells -> cells.subList(cells.size() - 1 - group.baselines().size(), cells.size() - 1))
        .toList();
  }

  @Test
  void otherLibrariesAreComparedWithWhatDoesTheSameAtOurs() {
    assertThat(
            ratios(
                Group.PEERS,
                row("Baseline.cursor", Map.of("endpoints", "10"), 1, 2),
                peer("OUR_TWO_CHOICES", 1, 10),
                peer("OUR_TWO_CHOICES", 2, 1),
                peer("VERTX_TWO_CHOICES", 1, 25),
                peer("VERTX_ROUND_ROBIN", 1, 4)))
        .containsExactly(
            List.of("", "1.00"),
            List.of("1.00", "5.00"),
            List.of("1.00", ""),
            List.of("2.50", "12.50"),
            List.of("", "2.00"));
  }

  @Test
  void rowsAreComparedWithTheBaselineOfTheirSettings() {
    assertThat(
            ratios(
                Group.CHOOSE,
                row("Baseline.cursor", Map.of("endpoints", "10"), 1, 2),
                row("Baseline.cursor", Map.of("endpoints", "100"), 1, 4),
                row("Choose.select", Map.of("endpoints", "100", "policy", "RANDOM"), 1, 8)))
        .containsExactly(List.of("1.00", ""), List.of("1.00", ""), List.of("2.00", ""));
  }

  @Test
  void twoThreadsAreComparedWithOneAndWithABalancerForEach() {
    Map<String, String> random = Map.of("endpoints", "10", "policy", "RANDOM");
    List<List<String>> rows =
        ratios(
            Group.THREADS,
            row("Choose.select", random, 1, 2),
            row("Choose.select", random, 2, 6),
            row("Choose.select", Map.of("endpoints", "10", "policy", "MAGLEV"), 2, 5),
            row("Choose.selectUnshared", random, 2, 3));

    assertThat(rows.stream().map(cells -> cells.subList(0, 2)))
        .containsExactly(
            List.of("1.00", ""), List.of("3.00", "2.00"), List.of("", ""), List.of("", "1.00"));
  }
}
