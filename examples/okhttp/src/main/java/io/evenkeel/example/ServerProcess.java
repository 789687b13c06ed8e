package io.evenkeel.example;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** A {@link Server} in a process of its own, run by the same Java on the same class path. */
final class ServerProcess implements AutoCloseable {
  private static final String PORT = "port ";

  private final Process process;
  private int port;

  private ServerProcess(Process process) {
    this.process = process;
  }

  /**
   * Starts a process; {@link #await} says when it listens, so that several can start at once.
   *
   * @param port where it is to listen, or 0 for any port
   */
  static ServerProcess launch(int port, long seed) throws IOException {
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    ProcessBuilder builder =
        new ProcessBuilder(
            java,
            "-Xmx64m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-XX:-UsePerfData",
            "-cp",
            System.getProperty("java.class.path"),
            Server.class.getName(),
            Integer.toString(port),
            Long.toString(seed));
    // The variable makes a JVM print a line, which would be taken for an error.
    builder.environment().remove("JAVA_TOOL_OPTIONS");
    builder.redirectError(ProcessBuilder.Redirect.to(nullDevice()));
    return new ServerProcess(builder.start());
  }

  /** Waits until it listens. */
  ServerProcess await() throws IOException {
    BufferedReader output = process.inputReader(StandardCharsets.US_ASCII);
    String line = output.readLine();
    if (line == null || !line.startsWith(PORT)) {
      process.destroyForcibly();
      throw new IOException("a server did not start: " + line);
    }
    port = Integer.parseInt(line.substring(PORT.length()));
    return this;
  }

  /** Where it listens. */
  int port() {
    return port;
  }

  /** The id of the process. */
  long pid() {
    return process.pid();
  }

  /** Makes each answer take this many times as long as it did at first. */
  void slowDown(double factor) throws IOException {
    OutputStream input = process.getOutputStream();
    input.write((factor + "\n").getBytes(StandardCharsets.US_ASCII));
    input.flush();
  }

  /** Kills it with SIGKILL: nothing is answered, flushed or said goodbye to. */
  void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  /** Ends it. */
  @Override
  public void close() {
    process.destroyForcibly();
    try {
      process.waitFor(5, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static File nullDevice() {
    return new File(File.separatorChar == '/' ? "/dev/null" : "NUL");
  }
}
