package io.evenkeel.lb.spring.aot;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A program in a JVM of its own, and what it says. Used by one thread. */
public final class Program implements AutoCloseable {
  private final Process process;
  private final BufferedReader lines;
  private final StringBuilder output = new StringBuilder();

  private Program(Process process) {
    this.process = process;
    this.lines =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
  }

  public static Program start(String main, List<String> options, String classPath, String... args)
      throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
    command.addAll(options);
    command.add(main);
    command.addAll(List.of(args));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    // Not as an option, which may be too long for one.
    builder.environment().put("CLASSPATH", classPath);
    return new Program(builder.start());
  }

  /** Waits for a line that begins like this, and has the rest of it. */
  public String awaitLine(String begin) throws IOException {
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      output.append(line).append('\n');
      if (line.startsWith(begin)) {
        return line.substring(begin.length());
      }
    }
    throw new IllegalStateException("ended without \"" + begin + "\":\n" + output);
  }

  /** Waits for its end. */
  public int exitCode() throws IOException, InterruptedException {
    lines.lines().forEach(line -> output.append(line).append('\n'));
    return process.waitFor();
  }

  /** What it has said, up to what was waited for. */
  public String output() {
    return output.toString();
  }

  /** Ends it with its input, or at once if it does not end with that. */
  @Override
  public void close() throws IOException {
    process.getOutputStream().close();
    try {
      if (!process.waitFor(20, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
    lines.close();
  }
}
