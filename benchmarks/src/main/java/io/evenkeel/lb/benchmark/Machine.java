package io.evenkeel.lb.benchmark;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * What the figures depend on besides the code.
 *
 * @param commit the code that was measured
 * @param command how to measure it again
 */
record Machine(String commit, String command) {
  private static final Path CPU_INFO = Path.of("/proc/cpuinfo");

  /** As a list in Markdown. */
  String markdown() {
    return String.format(
        "- commit %s%n- %s %s, %s%n- %d cores, %s%n- `%s`%n",
        commit,
        System.getProperty("java.vm.name"),
        System.getProperty("java.vm.version"),
        System.getProperty("os.name"),
        Runtime.getRuntime().availableProcessors(),
        processor(),
        command);
  }

  private static String processor() {
    if (!Files.isReadable(CPU_INFO)) {
      return System.getProperty("os.arch");
    }
    try (Stream<String> lines = Files.lines(CPU_INFO)) {
      return lines
          .filter(line -> line.startsWith("model name"))
          .map(line -> line.substring(line.indexOf(':') + 1).strip())
          .findFirst()
          .orElse(System.getProperty("os.arch"));
    } catch (IOException e) {
      return System.getProperty("os.arch");
    }
  }
}
