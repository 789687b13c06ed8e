package io.evenkeel.lb.benchmark;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BenchmarkRunTest {
  @TempDir Path directory;

  @Test
  void groupsAreAskedForByNameAndAnUnknownOneIsToldWhichThereAre() {
    Set<String> known = new LinkedHashSet<>(List.of("main", "choose", "threads", "tail"));
    assertThat(BenchmarkRun.asked(known, List.of())).containsExactly("choose", "tail");
    assertThat(BenchmarkRun.asked(known, List.of("main"))).containsExactly("main");
    assertThat(BenchmarkRun.asked(known, List.of("tail"))).containsExactly("tail");
    assertThatThrownBy(() -> BenchmarkRun.asked(known, List.of("tail", "--fast")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("group: --fast (expected: main, choose, threads, tail)");
  }

  @Test
  void resultsDoNotSayWhereTheJvmIs() throws Exception {
    String jmh =
        """
        [
          {"threads": 1, "jvm": "C:\\\\a \\"b\\"\\\\java.exe", "primaryMetric": {"scoreError": "NaN"}},
          {"threads": 2, "jvm": "/usr/lib/jvm/java", "primaryMetric": {"score": 1.23456789}}
        ]
        """;
    Path file = directory.resolve("group.json");

    Json.write(
        file,
        new Machine("c0ffee", "run", "a JVM", "an OS", 2, "a processor"),
        Json.withoutPaths(jmh.getBytes(UTF_8)));

    assertThat(new ObjectMapper().readTree(file.toFile()))
        .isEqualTo(
            new ObjectMapper()
                .readTree(
                    """
                    {
                      "machine": {"commit": "c0ffee", "command": "run", "jdk": "a JVM",
                          "os": "an OS", "cores": 2, "processor": "a processor"},
                      "results": [
                        {"threads": 1, "jvm": "java", "primaryMetric": {"scoreError": "NaN"}},
                        {"threads": 2, "jvm": "java", "primaryMetric": {"score": 1.23456789}}
                      ]
                    }
                    """));
  }

  @Test
  void fractionsAreAsLongAsTheyAreWorth() throws Exception {
    Path file = directory.resolve("group.json");
    Json.write(file, Machine.of("c0ffee", "run"), List.of(1.23456789, 100.0, Double.NaN));
    assertThat(new ObjectMapper().readTree(file.toFile()).get("results"))
        .hasToString("[1.23457,100.0,null]");
  }
}
