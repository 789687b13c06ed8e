package io.evenkeel.lb.health.probe;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.lb.health.Verdict;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AgentLineTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "up | UP | 1",
        "UP | UP | 1",
        "ready | UP | 1",
        "75% | UP | 0.75",
        "100% | UP | 1",
        "250% | UP | 1",
        "0% | DRAINING | 0",
        "up 30% | UP | 0.3",
        "30%,up | UP | 0.3",
        "ready maxconn:30 12% | UP | 0.12",
        "drain | DRAINING | 0",
        "drain 75% | DRAINING | 0",
        "up drain | DRAINING | 0",
        "maint | MAINTENANCE | 0",
        "down maint | MAINTENANCE | 0",
        "drain ready | UP | 1",
        "maint drain | DRAINING | 0",
        "down | DOWN | 0",
        "Stopped | DOWN | 0",
        "fail | DOWN | 0",
        "drain down | DOWN | 0",
        "75% down | DOWN | 0",
        "down up | UP | 1",
        "fail#disk full | DOWN | 0",
        "up # down | UP | 1",
      })
  void wordsSayWhatTheManualSays(String line, Verdict.Kind kind, double share) {
    Verdict verdict = AgentLine.read(line);
    assertThat(verdict).isNotNull();
    assertThat(verdict.kind()).isEqualTo(kind);
    assertThat(verdict.share()).isEqualTo(share);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {"''", "hello", "75", "%", "-5%", "7.5%", "# up", "1234567890%", "HTTP/1.1 200 OK"})
  void whatHasNoWordThatIsKnownIsNoAnswer(String line) {
    assertThat(AgentLine.read(line)).isNull();
  }

  @Test
  void theDescriptionIsTheReason() {
    assertThat(AgentLine.read("down\t# disk full, 3 left "))
        .isEqualTo(Verdict.down("agent: disk full, 3 left"));
    assertThat(AgentLine.read("up\t75%")).isEqualTo(Verdict.up(0.75, "agent: up\t75%"));
  }
}
