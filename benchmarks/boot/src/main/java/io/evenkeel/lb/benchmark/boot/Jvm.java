package io.evenkeel.lb.benchmark.boot;

import io.evenkeel.lb.benchmark.boot.shop.Figure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A process of this JVM that prints {@link Figure}s and ends. */
final class Jvm {
  private static final int MOST_LINES = 40;

  private Jvm() {}

  /**
   * Runs it.
   *
   * @param seconds after which it is killed
   * @throws IOException if it fails or takes too long; it says what it printed last
   */
  static Measured run(long seconds, String classPath, Class<?> main, List<String> arguments)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    // As in a small container; and heaps that grow to the same size can be compared.
    command.addAll(List.of("-Xmx512m", "-XX:+UseSerialGC", "-cp", classPath, main.getName()));
    command.addAll(arguments);
    Path output = Files.createTempFile("boot-", ".out");
    try {
      ProcessBuilder builder =
          new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile());
      // The variable makes a JVM print a line.
      builder.environment().remove("JAVA_TOOL_OPTIONS");
      int status = status(builder.start(), seconds);
      List<String> lines = Files.readAllLines(output);
      if (status != 0) {
        throw new IOException(
            main.getSimpleName()
                + " "
                + String.join(" ", arguments)
                + (status < 0 ? ": not done after " + seconds + " s" : ": exit code " + status)
                + ", having printed:\n"
                + String.join(
                    "\n", lines.subList(Math.max(0, lines.size() - MOST_LINES), lines.size())));
      }
      return new Measured(Figure.read(lines.stream()));
    } finally {
      Files.delete(output);
    }
  }

  /** The exit code; negative if it takes too long. */
  private static int status(Process process, long seconds) throws InterruptedException {
    Thread end = new Thread(process::destroyForcibly, "boot-end");
    Runtime.getRuntime().addShutdownHook(end);
    try {
      return process.waitFor(seconds, TimeUnit.SECONDS) ? process.exitValue() : -1;
    } finally {
      process.destroyForcibly().waitFor();
      Runtime.getRuntime().removeShutdownHook(end);
    }
  }
}
