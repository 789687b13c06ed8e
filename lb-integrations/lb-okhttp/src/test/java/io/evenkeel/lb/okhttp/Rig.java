package io.evenkeel.lb.okhttp;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.BalancerBuilder;
import io.evenkeel.lb.BalancerEvent;
import io.evenkeel.lb.BalancerListener;
import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.EndpointSource;
import io.evenkeel.lb.Node;
import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.strategy.RoundRobin;
import java.io.IOException;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import java.util.logging.Level;
import java.util.logging.Logger;
import mockwebserver3.MockResponse;
import mockwebserver3.MockWebServer;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import okio.BufferedSink;
import org.jspecify.annotations.Nullable;

/** Real servers on loopback, the balancer {@code orders} over them, and what it was told. */
final class Rig implements AutoCloseable {
  private static final long PATIENCE_SECONDS = 20;

  /** Servers that are told to break their connections log each time that they do. */
  private static final Logger LOG = Logger.getLogger("");

  static {
    LOG.setLevel(Level.SEVERE);
  }

  final List<MockWebServer> servers;
  final BlockingQueue<Outcome> outcomes = new LinkedBlockingQueue<>();
  final BlockingQueue<Endpoint> ended = new LinkedBlockingQueue<>();
  final BlockingQueue<BalancerEvent> events = new LinkedBlockingQueue<>();
  final Balancer orders;
  private final List<OkHttpClient> clients = new ArrayList<>();

  private Rig(
      String name,
      List<MockWebServer> servers,
      UnaryOperator<Endpoint.Builder> endpoint,
      UnaryOperator<BalancerBuilder> settings) {
    this.servers = servers;
    Endpoint[] endpoints =
        servers.stream()
            .map(server -> endpoint.apply(Endpoint.builder("127.0.0.1", server.getPort())).build())
            .toArray(Endpoint[]::new);
    orders =
        settings
            .apply(
                Balancer.builder(name)
                    .source(EndpointSource.of(endpoints))
                    .strategy(RoundRobin.of())
                    .listener(new Recorder()))
            .build();
  }

  static Rig of(int servers) {
    return of(start(servers, server -> server), endpoint -> endpoint, settings -> settings);
  }

  /** Servers that speak this protocol alone. */
  static Rig over(Protocol protocol, int servers) {
    return of(
        start(
            servers,
            server -> {
              server.setProtocols(List.of(protocol));
              return server;
            }),
        endpoint -> endpoint,
        settings -> settings);
  }

  static Rig of(
      List<MockWebServer> servers,
      UnaryOperator<Endpoint.Builder> endpoint,
      UnaryOperator<BalancerBuilder> settings) {
    return new Rig("orders", servers, endpoint, settings);
  }

  static Rig named(
      String name, List<MockWebServer> servers, UnaryOperator<Endpoint.Builder> endpoint) {
    return new Rig(name, servers, endpoint, settings -> settings);
  }

  static List<MockWebServer> start(int count, UnaryOperator<MockWebServer> settings) {
    List<MockWebServer> servers = new ArrayList<>();
    try {
      for (int i = 0; i < count; i++) {
        MockWebServer server = settings.apply(new MockWebServer());
        server.start(InetAddress.getLoopbackAddress(), 0);
        servers.add(server);
      }
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
    return servers;
  }

  MockWebServer server() {
    return servers.get(0);
  }

  void enqueue(MockResponse.Builder response) {
    server().enqueue(response.build());
  }

  /** Lets every server answer every request with this. */
  void always(MockResponse.Builder response) {
    for (MockWebServer server : servers) {
      server.setDispatcher(
          new mockwebserver3.Dispatcher() {
            @Override
            public MockResponse dispatch(mockwebserver3.RecordedRequest request) {
              return response.build();
            }
          });
    }
  }

  OkHttpClient client() {
    return client(client -> client);
  }

  OkHttpClient client(UnaryOperator<OkHttpClient.Builder> settings) {
    OkHttpClient client =
        BalancerInterceptor.of(orders)
            .install(settings.apply(new OkHttpClient.Builder()))
            .callTimeout(Duration.ofSeconds(PATIENCE_SECONDS))
            .build();
    clients.add(client);
    return client;
  }

  static Request get(String url) {
    return new Request.Builder().url(url).build();
  }

  static Request post(String url, String body) {
    return new Request.Builder().url(url).post(RequestBody.create(body, null)).build();
  }

  /** A body that can be sent once, and counts how often it was. */
  static RequestBody once(AtomicInteger written) {
    return new RequestBody() {
      @Override
      public MediaType contentType() {
        return MediaType.get("text/plain");
      }

      @Override
      public boolean isOneShot() {
        return true;
      }

      @Override
      public void writeTo(BufferedSink sink) throws IOException {
        written.incrementAndGet();
        sink.writeUtf8("once");
      }
    };
  }

  /** Sends the request, reads the body to its end, and returns the response. */
  static Response fetch(OkHttpClient client, Request request) throws IOException {
    try (Response response = client.newCall(request).execute()) {
      byte[] body = response.body().bytes();
      return response
          .newBuilder()
          .body(okhttp3.ResponseBody.create(body, response.body().contentType()))
          .build();
    }
  }

  static Response fetch(OkHttpClient client, String url) throws IOException {
    return fetch(client, get(url));
  }

  /** Exactly these requests have ended, and none is in flight. */
  void assertEnded(Outcome... expected) {
    List<Outcome> actual = new ArrayList<>();
    for (Outcome unused : expected) {
      Outcome outcome = poll(outcomes);
      if (outcome != null) {
        actual.add(outcome);
      }
    }
    outcomes.drainTo(actual);
    assertThat(actual).containsExactly(expected);
    assertIdle();
  }

  void assertIdle() {
    for (Node node : orders.nodes()) {
      assertThat(node.inFlight()).as("in flight at %s", node.endpoint()).isZero();
    }
  }

  int inFlight() {
    return orders.nodes().stream().mapToInt(Node::inFlight).sum();
  }

  static <T> @Nullable T poll(BlockingQueue<T> queue) {
    try {
      return queue.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** How many connections a server has seen. */
  static int connections(MockWebServer server) throws InterruptedException {
    int connections = 0;
    for (int i = server.getRequestCount(); i > 0; i--) {
      connections = Math.max(connections, server.takeRequest().getConnectionIndex() + 1);
    }
    return connections;
  }

  @Override
  public void close() {
    for (OkHttpClient client : clients) {
      client.dispatcher().cancelAll();
      client.dispatcher().executorService().shutdown();
      client.connectionPool().evictAll();
    }
    orders.close();
    servers.forEach(MockWebServer::close);
  }

  private final class Recorder implements BalancerListener {
    @Override
    public void onEnd(String balancer, Endpoint endpoint, Outcome outcome, long latencyNanos) {
      ended.add(endpoint);
      outcomes.add(outcome);
    }

    @Override
    public void onEvent(BalancerEvent event) {
      events.add(event);
    }
  }
}
