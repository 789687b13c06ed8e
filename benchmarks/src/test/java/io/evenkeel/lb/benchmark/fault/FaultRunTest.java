package io.evenkeel.lb.benchmark.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.benchmark.Machine;
import io.evenkeel.lb.benchmark.fault.AttemptLog.Attempts;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FaultRunTest {
  private static final Verdict GOOD =
      new Verdict.Figures().atMost(5, "failedAttempts", 5).add("cutOff", 4).of("kill");
  private static final Verdict BAD =
      new Verdict(
          "slow",
          Map.of("shareAfter2s", 0.0501),
          Map.of("shareAfter2s", 0.05),
          List.of("7 from 1.0 ms until 2.5 ms, a TIMEOUT: GET reset"),
          false);

  @Test
  void aVerdictPassesIfEveryFigureIsAtMostItsBound() {
    assertThat(GOOD.pass()).isTrue();
    assertThat(new Verdict.Figures().atMost(0.05, "share", 0.0501).of("slow").pass()).isFalse();
    assertThat(new Verdict.Figures().atMost(1, "share", Double.NaN).of("slow").pass()).isFalse();
  }

  @Test
  void whatIsWrittenHasTheFormThatOthersRead(@TempDir Path results) throws Exception {
    Machine machine = Machine.of("c0ffee", "benchmarks/faults");
    FaultRun.write(results, new FaultReport(machine, 500, List.of(GOOD, BAD)));
    JsonNode json = new ObjectMapper().readTree(results.resolve("faults.json").toFile());
    assertThat(json.at("/machine/commit").asText()).isEqualTo("c0ffee");
    assertThat(json.get("scenarios").toString())
        .isEqualTo(
            "[{\"name\":\"kill\",\"figures\":{\"failedAttempts\":5.0,\"cutOff\":4.0},"
                + "\"bounds\":{\"failedAttempts\":5.0},\"failures\":[],\"pass\":true},"
                + "{\"name\":\"slow\",\"figures\":{\"shareAfter2s\":0.0501},"
                + "\"bounds\":{\"shareAfter2s\":0.05},"
                + "\"failures\":[\"7 from 1.0 ms until 2.5 ms, a TIMEOUT: GET reset\"],"
                + "\"pass\":false}]");
    assertThat(Files.readString(results.resolve("faults.md")))
        .contains("## kill: pass", "| failedAttempts | 5 | 5 | yes |", "| cutOff | 4 |  |  |")
        .contains("## slow: FAIL", "One of five becomes ten times slower.", "| 0.05 | no |")
        .contains("- 7 from 1.0 ms until 2.5 ms, a TIMEOUT: GET reset");
  }

  @Test
  void whatOthersDoHasNoBoundAndNoSay() {
    Verdict.Figures theirs = new Verdict.Figures().atMost(0, "failedGets", 17).add("starved", 1);
    Verdict verdict =
        new Verdict.Figures()
            .atMost(0, "failedGets", 0)
            .add("cutOff", 2)
            .beside("other", theirs)
            .missing("third", new IllegalStateException("no servers"))
            .of("kill");
    assertThat(verdict.pass()).isTrue();
    assertThat(verdict.bounds()).containsOnlyKeys("failedGets");
    assertThat(verdict.figures()).containsEntry("other: failedGets", 17.0);
    assertThat(verdict.own()).containsOnlyKeys("failedGets", "cutOff");
    assertThat(verdict.failures()).singleElement().asString().contains("third", "no servers");
  }

  @Test
  void othersStandBesideOursInOneTable() {
    Verdict kill =
        new Verdict.Figures()
            .atMost(0, "failedGets", 0)
            .add("cutOff", 2)
            .beside("some", new Verdict.Figures().add("failedGets", 17))
            .beside("more", new Verdict.Figures().add("failedGets", 4).add("starved", 0))
            .of("kill");
    Verdict slow =
        new Verdict.Figures()
            .add("share", 0.5)
            .beside("more", new Verdict.Figures().add("share", 0.25))
            .of("slow");
    assertThat(Beside.of(List.of(kill, slow, GOOD)))
        .endsWith(
            """
            | scenario | figure | at most | ours | some | more |
            | --- | --- | --- | --- | --- | --- |
            | kill | failedGets | 0 | 0 | 17 | 4 |
            | kill | starved |  |  |  | 0 |
            | slow | share |  | 0.5 |  | 0.25 |
            """);
    assertThat(Beside.of(List.of(GOOD, BAD))).isEmpty();
    Machine machine = Machine.of("c0ffee", "benchmarks/faults");
    assertThat(new FaultReport(machine, 500, List.of(kill)).markdown())
        .contains("| cutOff | 2 |", "| kill | failedGets | 0 | 0 | 17 | 4 |")
        .doesNotContain("| some: failedGets |");
  }

  @Test
  void anUnknownScenarioListsThoseThatAreKnown() {
    assertThatThrownBy(() -> Scenario.asked(List.of("kill", "fire")))
        .hasMessageContaining("scenario: fire (expected: one of")
        .hasMessageContaining("flapping")
        .hasMessageContaining("half");
    assertThat(Scenario.asked(List.of("slow", "kill")))
        .containsExactly(Scenario.KILL, Scenario.SLOW);
    assertThat(Scenario.asked(List.of())).hasSize(19);
  }

  @Test
  void attemptsAreTakenByWhenTheyBegan() {
    Attempts all =
        new Attempts(
            List.of(
                new Attempt("a", Outcome.SUCCESS, 10, 30),
                new Attempt("b", Outcome.TIMEOUT, 20, 90),
                new Attempt("a", Outcome.CANCELLED, 40, 41),
                new Attempt("a", Outcome.UNREACHABLE, 50, 51)));
    assertThat(all.between(20, 50).count()).isEqualTo(2);
    assertThat(all.during(30).count()).isEqualTo(2);
    assertThat(all.failed().count()).isEqualTo(2);
    assertThat(all.after(40).at("a").failed().count()).isEqualTo(1);
    assertThat(all.at("a").lastBegunAfter(45)).isEqualTo(5);
    assertThat(all.at("b").lastBegunAfter(45)).isZero();
    assertThat(all.shares("a", 0, 60, 30, 15)).containsExactly(0.5, 0.5, 1);
  }
}
