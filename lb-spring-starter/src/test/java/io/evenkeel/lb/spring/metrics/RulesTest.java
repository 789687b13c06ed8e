package io.evenkeel.lb.spring.metrics;

import static io.evenkeel.lb.spring.metrics.Dashboards.RULES;
import static io.evenkeel.lb.spring.metrics.Dashboards.TESTS_OF_RULES;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.opentest4j.TestAbortedException;
import tools.jackson.databind.JsonNode;

/** The rules, as promtool sees them. */
@Timeout(180)
class RulesTest {
  @TempDir private Path dir;

  @Test
  void promtoolAcceptsThem() throws Exception {
    String said =
        Tool.named("promtool").run(dir.resolve("out"), "", "check", "rules", RULES.toString());
    assertThat(said).contains("SUCCESS: " + Dashboards.rules(rule -> true).size() + " rules");
  }

  @Test
  void alertsFireWhereTheyShouldAndNotBesideThat() throws Exception {
    Tool.named("promtool").run(dir.resolve("out"), "", "test", "rules", TESTS_OF_RULES.toString());
  }

  @Test
  void eachAlertIsTestedBothWays() throws IOException {
    Set<String> fire = new TreeSet<>();
    Set<String> doNot = new TreeSet<>();
    for (JsonNode test : Dashboards.yaml(TESTS_OF_RULES).path("tests")) {
      for (JsonNode alert : test.path("alert_rule_test")) {
        Set<String> kind = alert.path("exp_alerts").isEmpty() ? doNot : fire;
        kind.add(alert.path("alertname").asString());
      }
    }
    Set<String> alerts = new TreeSet<>(Dashboards.rules("alert").keySet());
    assertThat(alerts).isNotEmpty();
    assertThat(fire).isEqualTo(alerts);
    assertThat(doNot).isEqualTo(alerts);
  }

  @Test
  void eachAlertSaysWhatIsWrongAndWhatToDo() throws IOException {
    for (JsonNode alert : Dashboards.rules(rule -> rule.has("alert"))) {
      String name = alert.path("alert").asString();
      for (String text : List.of("summary", "description", "runbook")) {
        assertThat(alert.path("annotations").path(text).asString("")).as(name).isNotBlank();
      }
      assertThat(alert.path("labels").path("severity").asString(""))
          .as(name)
          .isIn("critical", "warning");
      assertThat(alert.path("for").asString("")).as(name).matches("[1-9]\\d*m");
    }
  }

  /** A runbook names panels by their titles. */
  @Test
  void whatRunbooksPointToIsInTheDashboard() throws IOException {
    Set<String> titles = new TreeSet<>();
    Dashboards.panels(Dashboards.dashboard())
        .forEach(panel -> titles.add(panel.path("title").asString()));
    for (JsonNode alert : Dashboards.rules(rule -> rule.has("alert"))) {
      String runbook = alert.path("annotations").path("runbook").asString();
      String[] parts = runbook.split("\"", -1);
      assertThat(parts.length).as(runbook).isGreaterThan(2);
      for (int i = 1; i < parts.length; i += 2) {
        assertThat(titles).as(runbook).contains(parts[i]);
      }
    }
  }

  @Test
  void aMissingToolSkipsTestsUnlessAllMustRun() {
    assertThatThrownBy(() -> Tool.in(dir, "promtool", false))
        .isInstanceOf(TestAbortedException.class)
        .hasMessageContaining("apt-get install prometheus");
    assertThatThrownBy(() -> Tool.in(dir, "promtool", true))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("apt-get install prometheus");
  }
}
