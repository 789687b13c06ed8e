package io.evenkeel.lb.okhttp.health;

import io.evenkeel.lb.health.HealthState;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** HAProxy with servers behind it and nothing before it, which says what its checks have found. */
final class HaProxy implements AutoCloseable {
  private static final Path PROGRAM = Path.of("/usr/sbin/haproxy");
  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(10);

  private final Program program;
  private final Path socket;

  private HaProxy(Program program, Path socket) {
    this.program = program;
    this.socket = socket;
  }

  /**
   * What HAProxy finds of a server.
   *
   * @param state in our words
   * @param share of its configured weight, which is 100
   */
  record Found(HealthState state, double share) {}

  static void assumeInstalled() {
    Program.assumeInstalled(PROGRAM);
  }

  /**
   * Starts it.
   *
   * @param lines of the configuration of its backend
   */
  static HaProxy start(Path folder, List<String> lines) throws IOException {
    Path socket = folder.resolve("stats");
    Path configuration = folder.resolve("haproxy.cfg");
    Files.writeString(
        configuration,
        """
        global
          nbthread 1
          maxconn 100
          stats socket %s mode 600 level admin
        defaults
          mode http
          timeout connect 1s
          timeout client 1s
          timeout server 1s
        backend orders
          %s
        """
            .formatted(socket, String.join("\n  ", lines)));
    Program program =
        Program.start(
            folder.resolve("log"), PROGRAM.toString(), "-db", "-f", configuration.toString());
    HaProxy started = new HaProxy(program, socket);
    long deadline = System.nanoTime() + PATIENCE_NANOS;
    while (!started.answers()) {
      if (System.nanoTime() - deadline > 0 || !program.isAlive()) {
        String printed = program.printed();
        started.close();
        throw new IOException("HAProxy does not answer: " + printed);
      }
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
    }
    return started;
  }

  private boolean answers() {
    try {
      return !ask("show info").isEmpty();
    } catch (IOException e) {
      return false;
    }
  }

  private String ask(String command) throws IOException {
    try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      channel.connect(UnixDomainSocketAddress.of(socket));
      channel.write(ByteBuffer.wrap((command + "\n").getBytes(StandardCharsets.US_ASCII)));
      return new String(Channels.newInputStream(channel).readAllBytes(), StandardCharsets.US_ASCII);
    }
  }

  /** What it finds of each server, by name. */
  Map<String, Found> servers() {
    String[] lines;
    try {
      lines = ask("show stat").split("\n", -1);
    } catch (IOException e) {
      throw new UncheckedIOException(program.printed(), e);
    }
    List<String> header = List.of(lines[0].replace("# ", "").split(",", -1));
    Map<String, Found> found = new TreeMap<>();
    for (String line : lines) {
      String[] fields = line.split(",", -1);
      if (fields.length < header.size() - 1 || fields[1].matches("svname|BACKEND|FRONTEND")) {
        continue;
      }
      double share = Integer.parseInt(fields[header.indexOf("weight")]) / 100.0;
      HealthState state = state(fields[header.indexOf("status")]);
      // Its status stays UP without a weight, and it sends no new requests there.
      boolean drained = state == HealthState.UP && share == 0;
      found.put(
          fields[1],
          new Found(drained ? HealthState.DRAINING : state, state == HealthState.UP ? share : 0));
    }
    return found;
  }

  /** While it counts, the status has how far it is: {@code UP 2/3}. */
  private static HealthState state(String status) {
    return switch (status.split(" ", -1)[0]) {
      case "UP" -> HealthState.UP;
      case "DRAIN" -> HealthState.DRAINING;
      case "MAINT" -> HealthState.DISABLED;
      case "DOWN" -> HealthState.DOWN;
      default -> throw new IllegalStateException("status: " + status);
    };
  }

  @Override
  public void close() {
    program.close();
  }
}
