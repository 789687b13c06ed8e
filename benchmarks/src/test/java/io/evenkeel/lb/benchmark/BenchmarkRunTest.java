package io.evenkeel.lb.benchmark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class BenchmarkRunTest {
  @Test
  void groupsAreAskedForByNameAndAnUnknownOneIsToldWhichThereAre() {
    Set<String> known = new LinkedHashSet<>(List.of("choose", "tail"));
    assertThat(BenchmarkRun.asked(known, List.of())).isEqualTo(known);
    assertThat(BenchmarkRun.asked(known, List.of("tail"))).containsExactly("tail");
    assertThatThrownBy(() -> BenchmarkRun.asked(known, List.of("tail", "--fast")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("group: --fast (expected: choose, tail)");
  }

  @Test
  void resultsDoNotSayWhereTheJvmIs() {
    String json =
        """
        "threads" : 1,
        "jvm" : "C:\\\\a \\"b\\"\\\\java.exe",
        "jvmArgs" : ["-Xms1g"],
        "jvm" : "/usr/lib/jvm/java",
        "jdkVersion" : "17"
        """;
    assertThat(BenchmarkRun.withoutPaths(json))
        .isEqualTo(
            """
            "threads" : 1,
            "jvm" : "java",
            "jvmArgs" : ["-Xms1g"],
            "jvm" : "java",
            "jdkVersion" : "17"
            """);
  }
}
