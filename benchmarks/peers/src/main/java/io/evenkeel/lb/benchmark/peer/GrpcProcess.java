package io.evenkeel.lb.benchmark.peer;

import io.evenkeel.lb.benchmark.fault.PeerServers;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** A {@link GrpcEcho} in a process of its own, which can be killed and stopped. */
final class GrpcProcess implements AutoCloseable {
  private static final String PORT = "port ";

  private final List<String> prefix;
  private final String host;
  private final PeerServers asked;
  private Process process;
  private int port;

  /**
   * Starts one, and waits until it listens.
   *
   * @param prefix of the command
   */
  GrpcProcess(List<String> prefix, String host, PeerServers asked) throws IOException {
    this.prefix = prefix;
    this.host = host;
    this.asked = asked;
    this.process = launch(0);
    this.port = port(process);
  }

  private Process launch(int at) throws IOException {
    List<String> command = new ArrayList<>(prefix);
    command.add(System.getProperty("java.home") + "/bin/java");
    command.addAll(List.of("-Xmx128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.addAll(List.of(GrpcEcho.class.getName(), host, Integer.toString(at)));
    command.add(Long.toString(asked.serviceTime().toNanos()));
    command.add(Integer.toString(asked.workers()));
    return new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
  }

  private static int port(Process process) throws IOException {
    BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.US_ASCII));
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      if (line.startsWith(PORT)) {
        return Integer.parseInt(line.substring(PORT.length()));
      }
    }
    process.destroyForcibly();
    throw new IOException("server: ended (expected: a line with its port)");
  }

  String host() {
    return host;
  }

  int port() {
    return port;
  }

  /** By SIGKILL, and waits until it is gone. */
  void kill() {
    process.destroyForcibly().onExit().join();
  }

  /** By SIGSTOP. */
  void stop() throws IOException {
    String pid = Long.toString(process.pid());
    new ProcessBuilder("kill", "-STOP", pid).start().onExit().join();
  }

  /** Starts it again on the same port. */
  void restart() throws IOException {
    kill();
    process = launch(port);
    port = port(process);
  }

  @Override
  public void close() {
    kill();
  }
}
