package io.evenkeel.lb.benchmark.peer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.evenkeel.lb.benchmark.Machine;
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

    List<SocketRow> rows =
        SocketComparison.run(directory, Machine.of("c0ffee", "run"), 2, 1, 100, policies);

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
    JsonNode json = new ObjectMapper().readTree(directory.resolve("sockets.json").toFile());
    assertThat(json.at("/machine/commit").asText()).isEqualTo("c0ffee");
    assertThat(json.get("results").findValuesAsText("policy"))
        .containsExactly("OUR_DEFAULT", "VERTX_TWO_CHOICES");
    assertThat(json.at("/results/0/trait").asText()).isEqualTo("LOAD");
    assertThat(json.at("/results/0/p999").asDouble()).isCloseTo(rows.get(0).p999(), within(0.001));
    assertThat(directory.resolve("sockets.md")).content().contains("| vertx two choices | load |");
  }
}
