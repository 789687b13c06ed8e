package io.evenkeel.lb.benchmark.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.evenkeel.lb.benchmark.Machine;
import io.evenkeel.lb.benchmark.boot.shop.Figure;
import io.evenkeel.lb.benchmark.boot.shop.Incident;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class BootReportTest {
  @ParameterizedTest
  @CsvSource({
    // p99 and failed requests of Spring Cloud, of the starter beside it, of the starter's client
    "UNEQUAL, 25, 0, 4, 0, 3, 0, true",
    "UNEQUAL, 25, 3, 25, 3, 25, 3, true",
    "UNEQUAL, 25, 0, 26, 0, 3, 0, false",
    "UNEQUAL, 25, 0, 4, 1, 3, 0, false",
    "UNEQUAL, 25, 0, 4, 0, 26, 0, false",
    "UNEQUAL, 25, 0, 4, 0, 3, 1, false",
    "REFUSING, 25, 9, 4, 9, 3, 9, true",
    "KILLED, 25, 9, 4, 9, 3, 0, true",
    "KILLED, 25, 9, 4, 9, 3, 1, false",
  })
  void underLoadOursMustBeAsGood(
      Incident incident,
      double p99,
      int failed,
      double b99,
      int bFailed,
      double o99,
      int oFailed,
      boolean pass) {
    Map<Way, Measured> figures = new EnumMap<>(Way.class);
    figures.put(Way.SPRING_CLOUD, load(p99, failed));
    figures.put(Way.BESIDE, load(b99, bFailed));
    figures.put(Way.OWN, load(o99, oFailed));
    assertThat(LoadComparison.section(incident, figures).verdict().pass()).isEqualTo(pass);
  }

  @Test
  void ofRequestsThatFailedTheMostCount() {
    assertThat(LoadComparison.typical(List.of(load(3, 0), load(9, 5), load(5, 0), load(4, 0))))
        .isEqualTo(load(4.5, 5));
    assertThat(Measured.median(List.of(load(3, 0), load(9, 5), load(5, 0), load(8, 0), load(1, 0))))
        .isEqualTo(load(5, 0));
  }

  @ParameterizedTest
  @EnumSource
  void aLoadThatFellShortHasShownNothing(Way starved) {
    Map<Way, Measured> figures = new EnumMap<>(Way.class);
    for (Way way : Way.values()) {
      figures.put(way, load(25, 0).with("starvedShare", way == starved ? 0.11 : 0));
    }
    assertThat(LoadComparison.section(Incident.UNEQUAL, figures).verdict().pass()).isFalse();
  }

  @Test
  void ratiosAreToSpringCloud() {
    Map<Way, Measured> figures = new EnumMap<>(Way.class);
    figures.put(Way.SPRING_CLOUD, load(20, 0));
    figures.put(Way.BESIDE, load(5, 1));
    figures.put(Way.OWN, load(30, 0));
    assertThat(LoadComparison.section(Incident.UNEQUAL, figures).markdown())
        .contains("## load unequal: FAIL", "| p99Millis | 20 | 5 | 0.25 | 30 | 1.5 |")
        .contains("| failed | 0 | 1 |  | 0 |  |")
        .contains("| the starter's client: p99Millis | 30 | 20 | no |")
        .contains("| with the starter: p99Millis | 5 | 20 | yes |");
  }

  @ParameterizedTest
  @CsvSource({"1150, 50, true", "1151, 50, false", "1000, 50.1, false", "1000, NaN, false"})
  void startUpHasBounds(double millis, double megabytes, boolean pass) {
    assertThat(
            StartCost.section(List.of(start(1000, 40)), List.of(start(millis, megabytes)))
                .verdict()
                .pass())
        .isEqualTo(pass);
  }

  /** A machine that becomes slower meanwhile must not hide what one run costs more than another. */
  @Test
  void startsAreComparedWithTheirNeighbours() {
    Section section =
        StartCost.section(
            List.of(start(1000, 40), start(3000, 40), start(2000, 40)),
            List.of(start(1100, 41), start(3105, 41), start(2400, 42)));
    assertThat(section.markdown())
        .contains("| readyMillis | 2000 | 2400 | 105 |", "| more readyMillis | 105 | 150 | yes |");
  }

  @ParameterizedTest
  @CsvSource({"6000, true", "6001, false"})
  void aCallHasABound(double nanos, boolean pass) {
    Map<String, Measured> medians = calls(nanos);
    Section section = CallCost.section(medians);
    assertThat(section.verdict().pass()).isEqualTo(pass);
    assertThat(section.markdown())
        .contains("| RestClient | none | nanos | 1000 | " + (int) nanos + " |");
    assertThat(section.verdict().bounds()).hasSize(2);
  }

  /** A benchmark that was renamed, and so is missing, must not pass unseen. */
  @Test
  void aCallThatWasNotMeasuredKeepsNoBound() {
    Map<String, Measured> medians = calls(2000);
    medians.remove("RestClient.balanced meters=all");
    assertThat(CallCost.section(medians).verdict().pass()).isFalse();
  }

  @Test
  void whatIsWrittenHasTheFormThatOthersRead(@TempDir Path results) throws Exception {
    Machine machine = Machine.of("c0ffee", "benchmarks/spring");
    Section good = CallCost.section(calls(2000));
    Section bad = StartCost.section(List.of(start(1000, 40)), List.of(start(1200, 41)));
    BootReport report = new BootReport(machine, List.of(good, bad));
    report.write(results);
    JsonNode json = new ObjectMapper().readTree(results.resolve("spring.json").toFile());
    assertThat(json.at("/machine/commit").asText()).isEqualTo("c0ffee");
    assertThat(json.at("/results/1/name").asText()).isEqualTo("start");
    assertThat(json.at("/results/1/figures/more readyMillis").asDouble()).isEqualTo(200);
    assertThat(json.at("/results/1/bounds/more readyMillis").asDouble()).isEqualTo(150);
    assertThat(json.at("/results/1/pass").asBoolean()).isFalse();
    assertThat(Files.readString(results.resolve("spring.md")))
        .contains("## call: pass", "## start: FAIL", "| readyMillis | 1000 | 1200 | 200 |")
        .contains("| more readyMillis | 200 | 150 | no |");
    assertThat(report.passes()).isFalse();
    assertThat(new BootReport(machine, List.of(good)).passes()).isTrue();
  }

  @Test
  void figuresAreReadFromAmongOtherLines() {
    assertThat(Figure.read(Stream.of("WARN figure", "figure a 1.5", "", "figure b 2")))
        .isEqualTo(Map.of("a", 1.5, "b", 2.0));
  }

  @Test
  void anUnknownPartListsThoseThatAreKnown() {
    assertThatThrownBy(() -> BootRun.asked(List.of("start", "stop"), false))
        .hasMessageContaining("part: stop (expected: one of unequal, weak, killed");
    assertThat(BootRun.asked(List.of("call", "start"), true)).containsOnlyKeys("start", "call");
    assertThat(BootRun.asked(List.of(), false)).hasSize(6);
    assertThat(BootRun.asked(List.of(), true))
        .containsOnlyKeys("unequal", "killed", "start", "call");
  }

  private static Measured load(double p99, double failed) {
    return Measured.nothing()
        .with("p99Millis", p99)
        .with("failed", failed)
        .with("starvedShare", 0.1);
  }

  private static Measured start(double millis, double megabytes) {
    return Measured.nothing()
        .with("readyMillis", millis)
        .with("heapAndMetaspaceMegabytes", megabytes);
  }

  /** All plain ones take a microsecond. */
  private static Map<String, Measured> calls(double balanced) {
    Map<String, Measured> calls = new LinkedHashMap<>();
    for (String client : List.of("RestClient", "WebClient")) {
      for (String meters : List.of("none", "all", "observed")) {
        calls.put(client + ".plain meters=" + meters, call(1000));
        calls.put(client + ".balanced meters=" + meters, call(balanced));
      }
    }
    return calls;
  }

  private static Measured call(double nanos) {
    return Measured.nothing().with("nanos", nanos).with("fastestNanos", nanos).with("bytes", 100);
  }
}
