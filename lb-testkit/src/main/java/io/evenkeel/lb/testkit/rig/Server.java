package io.evenkeel.lb.testkit.rig;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.StandardSocketOptions;
import java.net.URISyntaxException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * An HTTP server, the main class of the process that {@link ServerProcess} starts. One thread does
 * all; a request that is served is an entry in a queue of times, so that five servers and a client
 * fit on two cores.
 *
 * <p>Prints {@code port N} when it listens. Each line of its standard input is a {@link Behaviour},
 * to which it prints {@code ok} when it behaves so. Ends when its standard input does, and so with
 * its parent, however that died. Needs nothing but the JDK.
 */
final class Server {
  private static final int MAX_TIMEOUT_MILLIS = 60_000;

  private final Selector selector;
  private final ServerSocketChannel listener;
  private final String healthPath;
  private final int limit;
  private final byte[] body;
  private final SplittableRandom random;
  private final Path file;
  private final Journal journal;
  private Behaviour behaviour;

  private final BlockingQueue<Behaviour> orders = new LinkedBlockingQueue<>();
  private final PriorityQueue<Due> inService = new PriorityQueue<>();
  private final Queue<ServerConnection> waiting = new ArrayDeque<>();

  private Server(Settings settings, Behaviour behaviour) throws IOException {
    this.healthPath = settings.healthPath();
    this.limit = settings.limit();
    this.body = new byte[settings.bodyBytes()];
    Arrays.fill(body, (byte) 'x');
    this.random = new SplittableRandom(settings.seed());
    this.file = Path.of(settings.journal());
    this.journal = Journal.append(file);
    this.behaviour = behaviour;
    this.selector = Selector.open();
    this.listener = Ports.listen(InetAddress.getByName(settings.host()), settings.port());
    listener.configureBlocking(false);
    listener.register(selector, SelectionKey.OP_ACCEPT);
  }

  /**
   * What stays as it is while a server lives.
   *
   * @param port where it listens, or 0 for any
   * @param limit how many requests are served at a time
   */
  record Settings(
      String host,
      int port,
      int limit,
      int bodyBytes,
      long seed,
      String healthPath,
      String journal) {
    /** The same on another port. */
    Settings at(int port) {
      return new Settings(host, port, limit, bodyBytes, seed, healthPath, journal);
    }

    String[] arguments() {
      return new String[] {
        host,
        Integer.toString(port),
        Integer.toString(limit),
        Integer.toString(bodyBytes),
        Long.toString(seed),
        healthPath,
        journal
      };
    }

    static Settings parse(String[] arguments) {
      return new Settings(
          arguments[0],
          Integer.parseInt(arguments[1]),
          Integer.parseInt(arguments[2]),
          Integer.parseInt(arguments[3]),
          Long.parseLong(arguments[4]),
          arguments[5],
          arguments[6]);
    }
  }

  /** What starts a server in a process of its own. */
  static List<String> command(Settings settings, Behaviour first) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of("-Xmx64m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData"));
    command.addAll(List.of("-Xshare:auto", "-cp", classPath(), Server.class.getName()));
    command.addAll(List.of(settings.arguments()));
    command.add(first.line());
    return command;
  }

  /** Where this class is from, which is all that a server needs. */
  private static String classPath() {
    try {
      return Path.of(Server.class.getProtectionDomain().getCodeSource().getLocation().toURI())
          .toString();
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Runs a server. Arguments: those of {@link Settings}, then the first {@link Behaviour}. */
  public static void main(String[] args) throws IOException {
    Server server = new Server(Settings.parse(args), Behaviour.parse(args[args.length - 1]));
    System.out.println("port " + server.listener.socket().getLocalPort());
    Thread orders = new Thread(server::takeOrders, "orders");
    orders.setDaemon(true);
    orders.start();
    server.run();
  }

  private void takeOrders() {
    try (BufferedReader lines =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        orders.add(Behaviour.parse(line));
        selector.wakeup();
      }
    } catch (IOException e) {
      // As good as its end.
    } finally {
      // The parent is gone: it kills its servers otherwise, and keeps the file until then.
      try {
        Files.deleteIfExists(file);
      } catch (IOException e) {
        // Small, and where temporary files are.
      }
      Runtime.getRuntime().halt(0);
    }
  }

  private void run() throws IOException {
    while (true) {
      selector.select(this::ready, timeoutMillis());
      for (Behaviour order = orders.poll(); order != null; order = orders.poll()) {
        behaviour = order;
        System.out.println("ok");
      }
      finish();
    }
  }

  private long timeoutMillis() {
    Due next = inService.peek();
    if (next == null) {
      return MAX_TIMEOUT_MILLIS;
    }
    // Rounded up, since a time-out of 0 would wait for ever.
    return Math.max(1, (next.at - System.nanoTime() + 999_999) / 1_000_000);
  }

  private void ready(SelectionKey key) {
    if (key.attachment() instanceof ServerConnection connection) {
      connection.proceed();
    } else {
      accept();
    }
  }

  private void accept() {
    try {
      for (SocketChannel client = listener.accept(); client != null; client = listener.accept()) {
        client.configureBlocking(false);
        client.setOption(StandardSocketOptions.TCP_NODELAY, true);
        SelectionKey key = client.register(selector, SelectionKey.OP_READ);
        key.attach(new ServerConnection(this, client, key));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A request has arrived. */
  void take(ServerConnection connection) throws IOException {
    if (connection.request().path().equals(healthPath)) {
      note(connection.request());
      if (!behaviour.healthHangs()) {
        answer(connection, behaviour.health(), -1);
      }
      return;
    }
    if (behaviour.hangs()) {
      note(connection.request());
    } else if (behaviour.errors() > 0 && random.nextDouble() < behaviour.errors()) {
      note(connection.request());
      answer(connection, behaviour.status(), behaviour.retryAfter());
    } else if (inService.size() < limit) {
      serve(connection);
    } else {
      waiting.add(connection);
    }
  }

  private void serve(ServerConnection connection) throws IOException {
    note(connection.request());
    long asked = connection.request().millis();
    long nanos = asked < 0 ? behaviour.serviceNanos() : asked * 1_000_000;
    inService.add(new Due(System.nanoTime() + nanos, connection));
  }

  private void note(ServerRequest request) throws IOException {
    journal.note(request.method(), request.path(), request.key());
  }

  private void finish() throws IOException {
    long now = System.nanoTime();
    for (Due next = inService.peek(); next != null && next.at - now <= 0; next = inService.peek()) {
      inService.remove();
      answer(next.connection, 200, -1);
      ServerConnection first = waiting.poll();
      if (first != null) {
        serve(first);
      }
    }
  }

  private void answer(ServerConnection connection, int status, long retryAfter) {
    ServerRequest request = connection.request();
    boolean withBody = !request.method().equals("HEAD") && status != 204 && status != 304;
    StringBuilder head = new StringBuilder("HTTP/1.1 ").append(status).append(" \r\n");
    head.append("Content-Length: ").append(withBody ? body.length : 0).append("\r\n");
    if (retryAfter >= 0) {
      head.append("Retry-After: ").append(retryAfter).append("\r\n");
    }
    if (!request.keepsAlive()) {
      head.append("Connection: close\r\n");
    }
    byte[] bytes = head.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1);
    connection.answer(bytes, withBody ? body : new byte[0]);
  }

  /** A request that is served, and when that will be done. */
  private record Due(long at, ServerConnection connection) implements Comparable<Due> {
    @Override
    public int compareTo(Due other) {
      return Long.signum(at - other.at);
    }
  }
}
