package io.evenkeel.lb.benchmark.fault;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A process of {@link Relay}s. */
final class RelayProcess implements AutoCloseable {
  private static final String PORTS = "ports ";

  private final Process process;
  private final List<Integer> ports;

  private RelayProcess(Process process, List<Integer> ports) {
    this.process = process;
    this.ports = ports;
  }

  /**
   * Starts one, and waits until all its instances listen.
   *
   * @param next ports of the service that they ask
   */
  static RelayProcess start(int instances, List<Integer> next) {
    List<String> command = new ArrayList<>();
    command.add(System.getProperty("java.home") + "/bin/java");
    command.addAll(List.of("-Xmx128m", "-XX:+UseSerialGC"));
    // Or else an answer would wait for the acknowledgement of its head, up to 40 ms.
    command.add("-Dsun.net.httpserver.nodelay=true");
    command.add("-Dsun.net.httpserver.maxIdleConnections=1000");
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Relay.class.getName()));
    command.add(Integer.toString(instances));
    next.forEach(port -> command.add(port.toString()));
    try {
      Process process =
          new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
      return new RelayProcess(process, ports(process));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<Integer> ports(Process process) throws IOException {
    BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.US_ASCII));
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      if (line.startsWith(PORTS)) {
        return Arrays.stream(line.substring(PORTS.length()).split(" ", -1))
            .map(Integer::valueOf)
            .toList();
      }
    }
    process.destroyForcibly();
    throw new IOException("relay: ended (expected: a line with its ports)");
  }

  /** Where its instances listen. */
  List<Integer> ports() {
    return ports;
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
