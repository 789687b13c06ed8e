package io.evenkeel.lb.benchmark;

import com.sun.net.httpserver.HttpServer;
import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.BalancerBuilder;
import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.EndpointSource;
import io.evenkeel.lb.failover.Failover;
import io.evenkeel.lb.health.Health;
import io.evenkeel.lb.micrometer.BalancerMetrics;
import io.evenkeel.lb.micrometer.FailoverMetrics;
import io.evenkeel.lb.okhttp.BalancerInterceptor;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import okhttp3.Interceptor;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;
import okhttp3.Request;
import okhttp3.Response;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * A call through OkHttp, plain, balanced, with a failover, and with that and all meters: over
 * loopback, which is what users see, and to a stub that answers in the last interceptor's place,
 * which shows what is added.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class OkHttpBenchmark {

  /** A call to a server. */
  @Benchmark
  public int plainCall(Server server) throws IOException {
    return call(server.plain, server.request);
  }

  /** The same through a balancer. */
  @Benchmark
  public int balancedCall(Server server) throws IOException {
    return call(server.balanced, Server.LOGICAL);
  }

  /** The same through a failover, with health. */
  @Benchmark
  public int failoverCall(Server server) throws IOException {
    return call(server.failover, Server.LOGICAL);
  }

  /** The same with all meters of Micrometer. */
  @Benchmark
  public int meteredCall(Server server) throws IOException {
    return call(server.metered, Server.LOGICAL);
  }

  /** A call that never leaves OkHttp. */
  @Benchmark
  public int plainStub(Server server) throws IOException {
    return call(server.plainStub, server.request);
  }

  /** The same through a balancer. */
  @Benchmark
  public int balancedStub(Server server) throws IOException {
    return call(server.balancedStub, Server.LOGICAL);
  }

  /** The same through a failover, with health. */
  @Benchmark
  public int failoverStub(Server server) throws IOException {
    return call(server.failoverStub, Server.LOGICAL);
  }

  /** The same with all meters of Micrometer. */
  @Benchmark
  public int meteredStub(Server server) throws IOException {
    return call(server.meteredStub, Server.LOGICAL);
  }

  private static int call(OkHttpClient client, Request request) throws IOException {
    try (Response response = client.newCall(request).execute()) {
      response.body().bytes();
      return response.code();
    }
  }

  /** A server on loopback that answers at once, and clients for it. */
  @State(Scope.Benchmark)
  public static class Server {
    static final Request LOGICAL = new Request.Builder().url("http://orders/1").build();
    private static final byte[] BODY = {'o', 'k'};

    HttpServer http;
    Balancer balancer;
    Balancer guarded;
    Balancer observed;
    Request request;
    OkHttpClient plain;
    OkHttpClient balanced;
    OkHttpClient failover;
    OkHttpClient metered;
    OkHttpClient plainStub;
    OkHttpClient balancedStub;
    OkHttpClient failoverStub;
    OkHttpClient meteredStub;

    /** Starts the server and builds the clients. */
    @Setup
    public void setUp() throws IOException {
      // Else each answer waits for the client's delayed acknowledgement.
      System.setProperty("sun.net.httpserver.nodelay", "true");
      InetAddress loopback = InetAddress.getByAddress(new byte[] {127, 0, 0, 1});
      http = HttpServer.create(new InetSocketAddress(loopback, 0), 0);
      http.createContext(
          "/",
          exchange -> {
            exchange.sendResponseHeaders(200, BODY.length);
            exchange.getResponseBody().write(BODY);
            exchange.close();
          });
      http.start();
      Endpoint endpoint = Endpoint.of("127.0.0.1", http.getAddress().getPort());
      balancer = orders(endpoint).build();
      guarded = orders(endpoint).health(Health.ofDefaults()).build();
      MeterRegistry registry = new SimpleMeterRegistry();
      BalancerMetrics metrics = BalancerMetrics.of(registry);
      observed = orders(endpoint).health(Health.ofDefaults()).listener(metrics).build();
      metrics.show(observed);
      BalancerInterceptor direct = BalancerInterceptor.of(balancer);
      BalancerInterceptor resilient =
          BalancerInterceptor.builder().failover(Failover.of(guarded)).build();
      BalancerInterceptor visible =
          BalancerInterceptor.builder().failover(metered(observed, registry)).build();
      request = new Request.Builder().url("http://127.0.0.1:" + endpoint.port() + "/1").build();
      plain = new OkHttpClient();
      balanced = direct.install(new OkHttpClient.Builder()).build();
      failover = resilient.install(new OkHttpClient.Builder()).build();
      metered = visible.install(new OkHttpClient.Builder()).build();
      plainStub = new OkHttpClient.Builder().addInterceptor(Server::stub).build();
      balancedStub = stubbed(direct);
      failoverStub = stubbed(resilient);
      meteredStub = stubbed(visible);
    }

    private static BalancerBuilder orders(Endpoint endpoint) {
      return Balancer.builder("orders").source(EndpointSource.of(endpoint));
    }

    private static Failover metered(Balancer balancer, MeterRegistry registry) {
      FailoverMetrics metrics = FailoverMetrics.of(registry, "orders");
      Failover failover = Failover.builder(balancer).listener(metrics).build();
      metrics.show(failover);
      return failover;
    }

    private static OkHttpClient stubbed(BalancerInterceptor interceptor) {
      return interceptor.install(new OkHttpClient.Builder()).addInterceptor(Server::stub).build();
    }

    private static Response stub(Interceptor.Chain chain) {
      Response.Builder response =
          new Response.Builder()
              .request(chain.request())
              .protocol(Protocol.HTTP_1_1)
              .code(200)
              .message("OK");
      // An answer that no network has given would not be held to an endpoint's account.
      return response.networkResponse(response.build()).build();
    }

    /** Stops all of it. */
    @TearDown
    public void tearDown() {
      http.stop(0);
      balancer.close();
      guarded.close();
      observed.close();
    }
  }
}
