package io.evenkeel.lb.benchmark.fault;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.EndpointSource;
import io.evenkeel.lb.failover.Failover;
import io.evenkeel.lb.okhttp.BalancerInterceptor;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;

/**
 * Instances of a service that asks another one to answer, the main class of a process that {@link
 * RelayProcess} starts. Each instance has a port, a balancer over the instances of the other, and a
 * failover as it is by default.
 *
 * <p>Arguments: how many instances, then the ports of the other service. Prints {@code ports} and
 * its own when all listen. Ends when its standard input does.
 */
final class Relay {
  private static final String HEALTH = "/health";
  private static final int UNAVAILABLE = 503;

  private static final Request ASK = new Request.Builder().url("http://next/").build();

  private final HttpServer server;
  private final OkHttpClient client;

  private Relay(ExecutorService threads, Endpoint[] next) throws IOException {
    Balancer balancer =
        Balancer.builder("next").source(EndpointSource.of(next)).health(Faults.health()).build();
    this.client =
        BalancerInterceptor.builder()
            .failover(Failover.of(balancer))
            .build()
            .install(new OkHttpClient.Builder())
            .build();
    this.server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(threads);
    server.createContext("/", this::answer);
    server.start();
  }

  /** Runs the instances. */
  public static void main(String[] args) throws IOException {
    ExecutorService threads = Executors.newCachedThreadPool();
    Endpoint[] next = endpoints(Arrays.stream(args).skip(1).map(Integer::valueOf).toList());
    StringBuilder ports = new StringBuilder("ports");
    for (int i = 0; i < Integer.parseInt(args[0]); i++) {
      Relay relay = new Relay(threads, next);
      ports.append(' ').append(relay.server.getAddress().getPort());
    }
    System.out.println(ports);
    int read = 0;
    while (read >= 0) {
      read = System.in.read();
    }
    Runtime.getRuntime().halt(0);
  }

  /** The instances that listen on these ports of loopback. */
  static Endpoint[] endpoints(List<Integer> ports) {
    return IntStream.range(0, ports.size())
        .mapToObj(i -> Endpoint.builder("127.0.0.1", ports.get(i)).id(FaultRig.id(i)).build())
        .toArray(Endpoint[]::new);
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      byte[] unused = exchange.getRequestBody().readAllBytes();
      int status = exchange.getRequestURI().getPath().equals(HEALTH) ? 200 : ask();
      exchange.sendResponseHeaders(status, -1);
    }
  }

  private int ask() {
    try (Response response = client.newCall(ASK).execute()) {
      byte[] unused = response.body().bytes();
      return response.code();
    } catch (IOException e) {
      return UNAVAILABLE;
    }
  }
}
