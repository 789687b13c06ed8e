package io.evenkeel.lb.benchmark.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.benchmark.boot.shop.Incident;
import io.evenkeel.lb.benchmark.boot.shop.LoadProcess;
import io.evenkeel.lb.benchmark.boot.shop.PlainShop;
import io.evenkeel.lb.benchmark.boot.shop.StartProcess;
import io.evenkeel.lb.testkit.rig.OpenLoopLoad;
import java.io.File;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The processes themselves, once and short: what they measure here is nothing to go by. */
@Timeout(300)
class ProcessesTest {
  private static final long LIMIT_SECONDS = 120;

  /** The pom lists what the starter brings, so it has to be kept in step with it. */
  @Test
  void theStarterAndWhatItBringsAreAllThatDiffers() {
    List<String> with = parts(ClassPath.WITH);
    List<String> without = parts(ClassPath.WITHOUT);
    assertThat(with).containsAll(without);
    assertThat(with.stream().filter(part -> !without.contains(part)))
        .hasSize(14)
        .allMatch(part -> part.matches(".*[/\\\\](lb|resilience4j|caffeine|error_prone)[-_].*"))
        .anyMatch(part -> part.contains("lb-spring-starter"));
    assertThat(without.stream().skip(1))
        .noneMatch(part -> part.matches(".*[/\\\\](lb|resilience4j|caffeine|jmh)-[^/\\\\]*$"))
        .anyMatch(part -> part.contains("spring-cloud-loadbalancer"));
  }

  private static List<String> parts(ClassPath classPath) {
    return List.of(classPath.text().split(File.pathSeparator, -1));
  }

  @ParameterizedTest
  @EnumSource
  void theApplicationStarts(ClassPath classPath) throws Exception {
    Measured run = Jvm.run(LIMIT_SECONDS, classPath.text(), StartProcess.class, List.of());
    assertThat(run.figures()).containsEntry("hasEvenkeel", classPath == ClassPath.WITH ? 1.0 : 0.0);
    assertThat(run.figures())
        .containsKeys("readyMillis", "springMillis", "cpuMillis", "heapAndMetaspaceMegabytes");
    assertThat(run.without("hasEvenkeel").figures().values()).allMatch(value -> value > 0);
  }

  @Test
  void requestsReachServers() throws Exception {
    Measured run =
        Jvm.run(
            LIMIT_SECONDS,
            ClassPath.WITH.text(OpenLoopLoad.class, Outcome.class),
            LoadProcess.class,
            List.of(PlainShop.class.getName(), Incident.KILLED.name(), "900"));
    assertThat(run.figures())
        .containsKeys("p50Millis", "p99Millis", "p999Millis", "goodPerSecond", "failed");
    assertThat(run.of("p50Millis")).isPositive();
    assertThat(run.of("chosenByEvenkeel")).isEqualTo(1);
    assertThat(run.of("requestsOfServer2") + run.of("requestsOfServer3")).isGreaterThan(50);
  }

  @Test
  void aProcessThatFailsSaysWhy() {
    assertThatThrownBy(
            () -> Jvm.run(LIMIT_SECONDS, ClassPath.WITHOUT.text(), NoMain.class, List.of("x")))
        .hasMessageContaining("NoMain x: exit code 1")
        .hasMessageContaining("NoMain");
  }

  static final class NoMain {}

  @Test
  void aProcessThatTakesTooLongIsEnded() {
    assertThatThrownBy(() -> Jvm.run(0, ClassPath.WITHOUT.text(), StartProcess.class, List.of()))
        .hasMessageContaining("StartProcess : not done after 0 s");
  }
}
