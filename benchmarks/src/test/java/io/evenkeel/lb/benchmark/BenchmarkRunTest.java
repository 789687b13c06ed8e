package io.evenkeel.lb.benchmark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class BenchmarkRunTest {
  @Test
  void aGroupIsFoundByItsNameAndAnUnknownOneIsToldWhichThereAre() {
    assertThat(Stream.of(Group.values()).map(group -> Group.named(group.toString())))
        .containsExactly(Group.values());
    assertThatThrownBy(() -> Group.named("--fast"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("group: --fast (expected: choose, account,");
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
