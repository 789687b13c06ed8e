package io.evenkeel.lb.benchmark.peer;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * That requests go out, come back and are counted; how long they take is not for a build to say.
 */
class SocketComparisonTest {
  @TempDir Path directory;

  @Test
  void countsEachRequest() throws Exception {
    List<PeerPolicy> policies = List.of(PeerPolicy.OUR_DEFAULT, PeerPolicy.VERTX_TWO_CHOICES);

    List<SocketRow> rows = SocketComparison.run(directory, "", 1, 100, policies);

    assertThat(rows).extracting(SocketRow::policy).containsExactlyElementsOf(policies);
    assertThat(rows)
        .allSatisfy(
            row -> {
              assertThat(row.sent()).isBetween(50L, 150L);
              assertThat(row.answered()).isEqualTo(row.sent());
              assertThat(row.errors()).isZero();
              assertThat(row.mean()).isPositive();
              assertThat(row.p99()).isBetween(row.p50(), row.p999());
            });
    assertThat(rows.get(0).sent()).as("the same requests").isEqualTo(rows.get(1).sent());
    assertThat(directory.resolve("sockets.json")).content().contains("OUR_DEFAULT", "\"p999\"");
    assertThat(directory.resolve("sockets.md")).content().contains("| vertx two choices | load |");
  }
}
