package io.evenkeel.example;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import io.evenkeel.example.Figures.OfEndpoint;
import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.EndpointSource;
import io.evenkeel.lb.Strategy;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TrafficTest {
  /** As many calls a failover has to know before it hedges. */
  private static final int CALM = 100;

  /** It works out four times a second when to. */
  private static final long PAUSE = TimeUnit.MILLISECONDS.toNanos(300);

  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final List<HttpServer> servers = new ArrayList<>();

  /** Is over at once until the servers turn slow, and then when the hedge has come. */
  private volatile CompletableFuture<?> hedged = CompletableFuture.completedFuture(null);

  @AfterEach
  void end() {
    servers.forEach(server -> server.stop(0));
    threads.shutdownNow();
  }

  /** The attempt that began last is another. */
  @Test
  void aHedgedRequestIsOfTheEndpointThatHasAnswered() throws Exception {
    Endpoint first = server(this::answerOnceHedged);
    Endpoint silent = server(exchange -> hedged.complete(null));
    Strategy alwaysTheFirst =
        (nodes, previous) ->
            context ->
                nodes.all().stream()
                    .filter(node -> node.endpoint().equals(first))
                    .findFirst()
                    .orElse(null);
    CallTally calls = new CallTally();
    try (Balancer balancer =
            Balancer.builder("orders")
                .source(EndpointSource.of(first, silent))
                .strategy(alwaysTheFirst)
                .build();
        Traffic coldJvm = Traffic.through(balancer, new CallTally());
        Traffic traffic = Traffic.through(balancer, calls)) {
      send(CALM, coldJvm);
      send(CALM, traffic);
      assertThat(calls.calls().hedges()).isZero();
      hedged = new CompletableFuture<>();
      Figures figures = send(1, traffic);
      awaitLosers(balancer);
      assertThat(calls.calls().hedges()).isEqualTo(1);
      assertThat(figures.endpoints()).extracting(OfEndpoint::succeeded).containsExactly(1L, 0L);
    }
  }

  /** Attempts that lost are told of as they are given up, which may be after their call. */
  private static void awaitLosers(Balancer balancer) {
    long begun = System.nanoTime();
    while (balancer.nodes().stream().anyMatch(node -> node.inFlight() > 0)) {
      assertThat(System.nanoTime() - begun).isLessThan(TimeUnit.SECONDS.toNanos(10));
      Thread.onSpinWait();
    }
  }

  private Figures send(int requests, Traffic traffic) throws InterruptedException {
    Ledger ledger = new Ledger(servers.stream().map(server -> endpoint(server).id()).toList());
    OpenLoop load =
        new OpenLoop(
            new Arrivals(requests, 1, 1),
            traffic,
            ledger,
            System.nanoTime() + PAUSE,
            new CountDownLatch(1));
    load.run();
    Trial.awaitIdle(load);
    ledger.tick();
    return ledger.figures("x", 1, null);
  }

  private void answerOnceHedged(HttpExchange exchange) {
    CompletableFuture<?> unused = hedged.thenRun(() -> answer(exchange));
  }

  private static void answer(HttpExchange exchange) {
    try {
      exchange.sendResponseHeaders(200, -1);
      exchange.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Endpoint server(HttpHandler handler) throws IOException {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(threads);
    server.createContext("/", handler);
    server.start();
    servers.add(server);
    return endpoint(server);
  }

  private static Endpoint endpoint(HttpServer server) {
    return Endpoint.of("127.0.0.1", server.getAddress().getPort());
  }
}
