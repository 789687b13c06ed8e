package io.evenkeel.lb.spring.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** What can be seen of the dashboard without Grafana. */
class DashboardTest {
  @Test
  void panelsHaveIdsAndTitlesOfTheirOwn() throws IOException {
    List<JsonNode> panels = Dashboards.panels(Dashboards.dashboard());
    assertThat(panels).isNotEmpty();
    assertThat(panels).extracting(panel -> panel.path("id").asInt()).doesNotHaveDuplicates();
    assertThat(panels).extracting(panel -> panel.path("title").asString()).doesNotHaveDuplicates();
    for (JsonNode panel : panels) {
      boolean row = panel.path("type").asString().equals("row");
      assertThat(panel.path("targets").isEmpty()).as(panel.toString()).isEqualTo(row);
      assertThat(panel.path("description").asString("").isEmpty()).isEqualTo(row);
    }
  }

  @Test
  void panelsDoNotOverlap() throws IOException {
    boolean[][] taken = new boolean[200][24];
    for (JsonNode panel : Dashboards.panels(Dashboards.dashboard())) {
      JsonNode at = panel.path("gridPos");
      for (int y = 0; y < at.path("h").asInt(); y++) {
        for (int x = 0; x < at.path("w").asInt(); x++) {
          boolean[] line = taken[at.path("y").asInt() + y];
          int column = at.path("x").asInt() + x;
          assertThat(line[column]).as(panel.path("title").asString()).isFalse();
          line[column] = true;
        }
      }
    }
  }

  @Test
  void theDatasourceIsTheReadersChoice() throws IOException {
    JsonNode dashboard = Dashboards.dashboard();
    for (JsonNode source : dashboard.findValues("datasource")) {
      assertThat(source.path("uid").asString()).isEqualTo("${datasource}");
    }
    assertThat(dashboard.path("templating").path("list"))
        .extracting(variable -> variable.path("name").asString())
        .containsExactly("datasource", "job", "balancer");
    assertThat(dashboard.path("schemaVersion").asInt()).isGreaterThanOrEqualTo(42);
  }

  @Test
  void queriesHaveNoOtherVariablesAndKeepToTheChosenBalancers() throws IOException {
    assertThat(Dashboards.queriesOfPanels().values()).allMatch(query -> !query.contains("$"));
    for (JsonNode panel : Dashboards.panels(Dashboards.dashboard())) {
      for (JsonNode target : panel.path("targets")) {
        assertThat(target.path("expr").asString())
            .contains("{job=~\"$job\",balancer=~\"$balancer\"")
            .doesNotContain("[5m]");
      }
    }
  }
}
