package io.evenkeel.lb.benchmark;

import com.sun.net.httpserver.HttpServer;
import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.EndpointSource;
import io.evenkeel.lb.okhttp.BalancerInterceptor;
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
 * A call through OkHttp, plain and balanced: over loopback, which is what users see, and to a stub
 * that answers in the last interceptor's place, which shows what the balancing adds.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class OkHttpBenchmark {

  /** A call to a server. */
  @Benchmark
  public int plainCall(Server server) throws IOException {
    return call(server.plain, server.direct);
  }

  /** The same through a balancer. */
  @Benchmark
  public int balancedCall(Server server) throws IOException {
    return call(server.balanced, Server.LOGICAL);
  }

  /** A call that never leaves OkHttp. */
  @Benchmark
  public int plainStub(Server server) throws IOException {
    return call(server.plainStub, server.direct);
  }

  /** The same through a balancer. */
  @Benchmark
  public int balancedStub(Server server) throws IOException {
    return call(server.balancedStub, Server.LOGICAL);
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
    Request direct;
    OkHttpClient plain;
    OkHttpClient balanced;
    OkHttpClient plainStub;
    OkHttpClient balancedStub;

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
      balancer = Balancer.builder("orders").source(EndpointSource.of(endpoint)).build();
      BalancerInterceptor interceptor = BalancerInterceptor.of(balancer);
      direct = new Request.Builder().url("http://127.0.0.1:" + endpoint.port() + "/1").build();
      plain = new OkHttpClient();
      balanced = interceptor.install(new OkHttpClient.Builder()).build();
      plainStub = new OkHttpClient.Builder().addInterceptor(Server::stub).build();
      balancedStub =
          interceptor.install(new OkHttpClient.Builder()).addInterceptor(Server::stub).build();
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
    }
  }
}
