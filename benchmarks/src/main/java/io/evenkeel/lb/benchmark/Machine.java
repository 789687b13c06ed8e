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
 * @param jdk the name and version of the JVM
 * @param os the name of the operating system
 * @param cores how many processors the JVM has
 * @param processor its model, or else its architecture
 */
public record Machine(
    String commit, String command, String jdk, String os, int cores, String processor) {
  private static final Path CPU_INFO = Path.of("/proc/cpuinfo");

  /** This machine. */
  public static Machine of(String commit, String command) {
    return new Machine(
        commit,
        command,
        System.getProperty("java.vm.name") + " " + System.getProperty("java.vm.version"),
        System.getProperty("os.name"),
        Runtime.getRuntime().availableProcessors(),
        model());
  }

  /** As a list in Markdown. */
  public String markdown() {
    return String.format(
        "- commit %s%n- %s, %s%n- %d cores, %s%n- `%s`%n",
        commit, jdk, os, cores, processor, command);
  }

  private static String model() {
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
