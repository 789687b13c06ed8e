package io.evenkeel.lb.testkit.rig;

import static io.evenkeel.lb.testkit.rig.Expect.expect;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Builds {@link ServerProcess}es. Not thread-safe. */
public final class ServerProcessBuilder {
  private static final String HOST = "127.0.0.1";

  private String host = HOST;
  private List<String> prefix = List.of();
  private int limit = Integer.MAX_VALUE;
  private int bodyBytes = 3;
  private long seed = 1;
  private String healthPath = "/health";
  private Behaviour behaviour = Behaviour.WELL;

  ServerProcessBuilder() {}

  /** How long a request takes at first, up to a day. */
  public ServerProcessBuilder serviceTime(Duration time) {
    behaviour = behaviour.serviceTime(time);
    return this;
  }

  /**
   * How many requests are served at a time; others wait.
   *
   * @param limit at least 1
   */
  public ServerProcessBuilder concurrencyLimit(int limit) {
    expect(limit >= 1, "concurrencyLimit", limit, ">= 1");
    this.limit = limit;
    return this;
  }

  /**
   * How long the body of an answer is.
   *
   * @param bytes 0 to 16 MiB
   */
  public ServerProcessBuilder bodyBytes(int bytes) {
    expect(bytes >= 0 && bytes <= 16 << 20, "bodyBytes", bytes, "0..16777216");
    this.bodyBytes = bytes;
    return this;
  }

  /** What decides which requests get an error. */
  public ServerProcessBuilder seed(long seed) {
    this.seed = seed;
    return this;
  }

  /**
   * The path that is answered apart from the others.
   *
   * @param path begins with a slash, without a query
   */
  public ServerProcessBuilder healthPath(String path) {
    expect(path.startsWith("/") && !path.contains(" "), "healthPath", path, "/...");
    this.healthPath = path;
    return this;
  }

  /** Listens on all addresses of this machine, of which loopback has millions. */
  public ServerProcessBuilder onAllAddresses() {
    this.host = "0.0.0.0";
    return this;
  }

  /**
   * Runs servers in a network namespace, at its address.
   *
   * @see SilentNetwork
   */
  public ServerProcessBuilder in(SilentNetwork network) {
    this.host = network.address();
    this.prefix = List.copyOf(network.enter());
    return this;
  }

  /** Starts a server, and waits until it listens. */
  public ServerProcess start() {
    return start(1).get(0);
  }

  /**
   * Starts several at once, with seeds that count up, and waits until they listen.
   *
   * @param count at least 1
   */
  public List<ServerProcess> start(int count) {
    expect(count >= 1, "count", count, ">= 1");
    List<ServerProcess> started = new ArrayList<>();
    try {
      for (int i = 0; i < count; i++) {
        started.add(new ServerProcess(settings(i), behaviour, prefix));
      }
      for (ServerProcess server : started) {
        server.await();
      }
      return List.copyOf(started);
    } catch (IOException e) {
      started.forEach(ServerProcess::close);
      throw new UncheckedIOException(e);
    } catch (RuntimeException e) {
      started.forEach(ServerProcess::close);
      throw e;
    }
  }

  /** Of one of several. */
  private Server.Settings settings(int index) throws IOException {
    String journal = Children.file().toString();
    return new Server.Settings(host, 0, limit, bodyBytes, seed + index, healthPath, journal);
  }
}
