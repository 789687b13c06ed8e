package io.evenkeel.lb.benchmark.peer;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.StringJoiner;
import java.util.concurrent.Executors;
import java.util.concurrent.locks.LockSupport;

/**
 * Ten servers of unlike speed on loopback, in a process of their own. Each serves one request at a
 * time, in the order of arrival; serving is waiting, so that ten servers need no ten cores. Prints
 * the ports in one line, and ends when its standard input does.
 */
final class SocketServers {
  /**
   * How fast each server is, in tenths: five at full speed, three at half, two at a fifth. Mixed,
   * and a middling one first: some libraries take the first of equals, and would be told by the
   * order which servers are fast.
   */
  static final List<Integer> SPEEDS = List.of(5, 10, 2, 10, 5, 10, 10, 2, 10, 5);

  private static final double MEAN_NANOS_AT_FULL_SPEED = 10_000_000;
  private static final int BACKLOG = 1024;
  private static final byte[] BODY = {'o', 'k'};

  private SocketServers() {}

  /** Starts them. The only argument is the seed of how long requests take. */
  public static void main(String[] args) throws IOException {
    // Else each answer waits for the client's delayed acknowledgement, and idle connections beyond
    // 200 are closed under the client's feet.
    System.setProperty("sun.net.httpserver.nodelay", "true");
    System.setProperty("sun.net.httpserver.maxIdleConnections", "10000");
    SplittableRandom seeds = new SplittableRandom(Long.parseLong(args[0]));
    StringJoiner ports = new StringJoiner(" ");
    for (int speed : SPEEDS) {
      ports.add(Integer.toString(start(MEAN_NANOS_AT_FULL_SPEED * 10 / speed, seeds.split())));
    }
    System.out.println(ports);
    while (System.in.read() >= 0) {}
    System.exit(0);
  }

  /** The ports in the line that the process prints. */
  static List<Integer> ports(String line) {
    List<Integer> ports = new ArrayList<>();
    for (String port : line.split(" ", -1)) {
      ports.add(Integer.parseInt(port));
    }
    return ports;
  }

  private static int start(double meanNanos, SplittableRandom random) throws IOException {
    InetAddress loopback = InetAddress.getByAddress(new byte[] {127, 0, 0, 1});
    HttpServer server = HttpServer.create(new InetSocketAddress(loopback, 0), BACKLOG);
    server.setExecutor(Executors.newSingleThreadExecutor());
    server.createContext("/", exchange -> serve(exchange, Exponential.next(random, meanNanos)));
    server.start();
    return server.getAddress().getPort();
  }

  private static void serve(HttpExchange exchange, long nanos) throws IOException {
    long end = System.nanoTime() + nanos;
    for (long left = nanos; left > 0; left = end - System.nanoTime()) {
      LockSupport.parkNanos(left);
    }
    exchange.sendResponseHeaders(200, BODY.length);
    exchange.getResponseBody().write(BODY);
    exchange.close();
  }
}
