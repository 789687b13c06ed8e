package io.evenkeel.example;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/**
 * One server of the demo, the main class of a process of its own. Answers every GET after 5 to 15
 * ms, times a factor. An answer that waits occupies a timer and no thread, so that five servers and
 * a client fit on two cores, and the server takes any number of requests at once: a slow one does
 * not queue as well, which is kinder to round robin than most real servers are.
 *
 * <p>Prints {@code port N} when it listens, then reads a new factor from each line of its standard
 * input. It ends when the input does, and so with its parent, however that died.
 */
final class Server {
  static final double MEAN_MILLIS = 10;

  // Below the range that systems draw outgoing ports from: nobody else can take the port of a
  // server that is down, not even a client's own attempt to connect to it.
  private static final int MIN_PORT = 20_000;
  private static final int MAX_PORT = 30_000;
  private static final int TRIES = 100;

  private final HttpServer http;
  private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
  private final SplittableRandom random;
  private volatile double factor = 1;

  private Server(int port, long seed) throws IOException {
    random = new SplittableRandom(seed);
    http = port == 0 ? bindAny() : bind(port);
    http.setExecutor(Executors.newFixedThreadPool(2));
    http.createContext("/", this::handle);
    http.start();
  }

  /**
   * Runs a server.
   *
   * @param args the port, or 0 for any; the seed of its service times
   */
  public static void main(String[] args) throws IOException {
    // A server that gets no traffic for a while should not look as if it dropped connections.
    System.setProperty("sun.net.httpserver.idleInterval", "600");
    System.setProperty("sun.net.httpserver.maxIdleConnections", "4096");
    CountDownLatch inputEnded = new CountDownLatch(1);
    Runtime.getRuntime().addShutdownHook(new Thread(() -> awaitQuietly(inputEnded)));
    Server server = new Server(Integer.parseInt(args[0]), Long.parseLong(args[1]));
    System.out.println("port " + server.http.getAddress().getPort());
    BufferedReader commands =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
    for (String line = commands.readLine(); line != null; line = commands.readLine()) {
      server.factor = Double.parseDouble(line);
    }
    inputEnded.countDown();
    Runtime.getRuntime().halt(0);
  }

  /**
   * Keeps a Ctrl-C, which a terminal sends to the whole group of processes, from ending the server
   * before its parent has finished with it.
   */
  private static void awaitQuietly(CountDownLatch inputEnded) {
    try {
      inputEnded.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void handle(HttpExchange exchange) {
    long nanos;
    synchronized (random) {
      nanos = (long) (random.nextDouble(0.5, 1.5) * MEAN_MILLIS * 1e6 * factor);
    }
    ScheduledFuture<?> unused = timer.schedule(() -> answer(exchange), nanos, TimeUnit.NANOSECONDS);
  }

  private static void answer(HttpExchange exchange) {
    try {
      // No body: it would be sent apart from the head, and a kill between the two cuts an answer
      // that the caller already has, so that no failover can save it.
      exchange.sendResponseHeaders(200, -1);
      exchange.close();
    } catch (IOException e) {
      // The client has left: there is nobody to tell, and closing was all that was left to do.
      exchange.close();
    }
  }

  private static HttpServer bindAny() throws IOException {
    SplittableRandom ports = new SplittableRandom();
    for (int i = 1; ; i++) {
      try {
        return HttpServer.create(address(ports.nextInt(MIN_PORT, MAX_PORT)), 1024);
      } catch (BindException e) {
        if (i == TRIES) {
          throw e;
        }
      }
    }
  }

  /** The port of a process that was just killed may take a moment to be free. */
  private static HttpServer bind(int port) throws IOException {
    for (int i = 1; ; i++) {
      try {
        return HttpServer.create(address(port), 1024);
      } catch (BindException e) {
        if (i == TRIES) {
          throw e;
        }
        pause();
      }
    }
  }

  private static void pause() throws IOException {
    try {
      TimeUnit.MILLISECONDS.sleep(50);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  private static InetSocketAddress address(int port) {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
  }
}
