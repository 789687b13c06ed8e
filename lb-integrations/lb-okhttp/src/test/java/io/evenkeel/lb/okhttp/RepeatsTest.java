package io.evenkeel.lb.okhttp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.Outcome;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import mockwebserver3.MockResponse;
import mockwebserver3.MockWebServer;
import mockwebserver3.RecordedRequest;
import mockwebserver3.SocketEffect;
import okhttp3.Headers;
import okhttp3.Interceptor;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What OkHttp would repeat on its own, and the one repeat that is left. */
class RepeatsTest {
  private static final MockResponse OK = new MockResponse.Builder().body("ok").build();

  @ParameterizedTest
  @CsvSource({
    "GET, 503, 0", "POST, 503, 0", "POST, 503, 00", "GET, 503, 1000000000000000000",
    "POST, 503, 1000000000000000000", "POST, 503, -1", "POST, 503, soon", "GET, 408, 0",
    "POST, 408, 0", "POST, 421, 0"
  })
  void aRefusalIsSentOnceAndShownAsItCame(String method, int code, String retryAfter)
      throws Exception {
    try (Rig rig = Rig.of(1)) {
      Headers headers =
          Headers.of("Retry-After", retryAfter, "X-First", "1", "Content-Length", "2");
      rig.enqueue(new MockResponse.Builder().code(code).body("no").headers(headers));
      rig.enqueue(OK.newBuilder());
      RequestBody body = method.equals("POST") ? RequestBody.create("x", null) : null;
      Request request = new Request.Builder().url("http://orders/").method(method, body).build();
      Response response = Rig.fetch(rig.client(), request);
      assertThat(response.code()).isEqualTo(code);
      assertThat(response.headers()).isEqualTo(headers);
      assertThat(response.body().string()).isEqualTo("no");
      assertThat(rig.server().getRequestCount()).isEqualTo(1);
      rig.assertEnded(code == 503 ? Outcome.FAILURE : Outcome.SUCCESS);
    }
  }

  @Test
  void aHostThatNoBalancerClaimsIsStillRepeatedByOkHttp() throws Exception {
    try (Rig rig = Rig.of(1)) {
      rig.enqueue(new MockResponse.Builder().code(503).addHeader("Retry-After", "0"));
      rig.enqueue(OK.newBuilder());
      assertThat(Rig.fetch(rig.client(), rig.server().url("/").toString()).code()).isEqualTo(200);
      rig.assertEnded();
    }
  }

  @Test
  void theRepeatGoesToAnotherEndpointAndTheStaleConnectionIsNotHeldAgainstThisOne()
      throws Exception {
    try (Rig rig = Rig.of(2)) {
      OkHttpClient client = rig.client();
      closesAfterAResponse(rig.servers.get(0));
      rig.servers.get(0).enqueue(OK);
      for (int i = 0; i < 3; i++) {
        rig.servers.get(1).enqueue(OK);
      }
      for (int i = 0; i < 4; i++) {
        assertThat(Rig.fetch(client, "http://orders/").code()).isEqualTo(200);
      }
      List<Outcome> outcomes = new ArrayList<>(rig.outcomes);
      List<Endpoint> ended = new ArrayList<>(rig.ended);
      assertThat(outcomes).hasSize(5).containsOnlyOnce(Outcome.CANCELLED);
      int stale = outcomes.indexOf(Outcome.CANCELLED);
      assertThat(ended.get(stale).port()).isEqualTo(rig.servers.get(0).getPort());
      assertThat(ended.get(stale + 1).port()).isEqualTo(rig.servers.get(1).getPort());
      rig.assertIdle();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"GET", "HEAD", "PUT", "DELETE"})
  void aStaleConnectionIsRepeatedOnceIfTheRequestIsIdempotent(String method) throws Exception {
    try (Stale stale = Stale.open()) {
      Request request = request(method);
      assertThat(Rig.fetch(stale.client, request).code()).isEqualTo(200);
      assertThat(stale.rig.server().getRequestCount()).as("after the first").isEqualTo(2);
      stale.rig.assertEnded(Outcome.CANCELLED, Outcome.SUCCESS);
    }
  }

  @Test
  void anIdempotencyKeyMakesAPostIdempotent() throws Exception {
    try (Stale stale = Stale.open()) {
      Request request = request("POST").newBuilder().header("Idempotency-Key", "17").build();
      assertThat(Rig.fetch(stale.client, request).code()).isEqualTo(200);
      stale.rig.assertEnded(Outcome.CANCELLED, Outcome.SUCCESS);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"POST", "PATCH"})
  void aPostOnAStaleConnectionIsNeverRepeated(String method) throws Exception {
    try (Stale stale = Stale.open()) {
      assertThatThrownBy(() -> Rig.fetch(stale.client, request(method)))
          .isInstanceOf(IOException.class);
      assertThat(stale.rig.server().getRequestCount()).as("the first alone").isEqualTo(1);
      stale.rig.assertEnded(Outcome.FAILURE);
    }
  }

  @Test
  void aBodyThatCanBeSentOnlyOnceIsNotRepeated() throws Exception {
    try (Stale stale = Stale.open()) {
      AtomicInteger written = new AtomicInteger();
      Request request = new Request.Builder().url("http://orders/").put(Rig.once(written)).build();
      assertThatThrownBy(() -> Rig.fetch(stale.client, request)).isInstanceOf(IOException.class);
      assertThat(written).hasValue(1);
      stale.rig.assertEnded(Outcome.FAILURE);
    }
  }

  @Test
  void aFreshConnectionThatBreaksIsNotRepeated() throws Exception {
    try (Rig rig = Rig.of(2)) {
      rig.always(new MockResponse.Builder().onResponseStart(new SocketEffect.CloseSocket()));
      assertThatThrownBy(() -> Rig.fetch(rig.client(), "http://orders/"))
          .isInstanceOf(IOException.class);
      assertThat(rig.servers.stream().mapToInt(MockWebServer::getRequestCount).sum()).isEqualTo(1);
      rig.assertEnded(Outcome.FAILURE);
    }
  }

  @Test
  void aStaleConnectionThatMeetsAnotherOneFails() throws Exception {
    try (Rig rig = Rig.of(2)) {
      OkHttpClient client = rig.client();
      for (MockWebServer server : rig.servers) {
        server.enqueue(OK);
        server.enqueue(
            new MockResponse.Builder().onResponseStart(new SocketEffect.CloseSocket()).build());
        server.enqueue(OK);
      }
      Rig.fetch(client, "http://orders/");
      Rig.fetch(client, "http://orders/");
      rig.outcomes.clear();
      rig.ended.clear();
      assertThatThrownBy(() -> Rig.fetch(client, "http://orders/"))
          .isInstanceOf(IOException.class)
          .satisfies(e -> assertThat(e.getSuppressed()).isNotEmpty());
      rig.assertEnded(Outcome.CANCELLED, Outcome.FAILURE);
      assertThat(new TreeSet<>(rig.ended.stream().map(e -> e.id()).toList()))
          .as("the repeat went elsewhere")
          .hasSize(2);
    }
  }

  @Test
  void anEndpointThatCannotBeReachedIsNotTriedAgainByOkHttp() throws Exception {
    int port;
    try (ServerSocket closed = new ServerSocket(0)) {
      port = closed.getLocalPort();
    }
    try (Rig rig =
        Rig.of(
            Rig.start(1, s -> s),
            endpoint -> Endpoint.builder("127.0.0.1", port),
            settings -> settings)) {
      assertThatThrownBy(() -> Rig.fetch(rig.client(), "http://orders/"))
          .isInstanceOf(java.net.ConnectException.class)
          .hasMessageContaining("orders/127.0.0.1:" + port);
      rig.assertEnded(Outcome.UNREACHABLE);
    }
  }

  /** As all endpoints of a service have one port in most deployments. */
  @ParameterizedTest
  @EnumSource(names = {"HTTP_1_1", "H2_PRIOR_KNOWLEDGE"})
  void aCallThatIsSentAgainDoesNotKeepTheConnectionOfAnotherEndpoint(Protocol protocol)
      throws Exception {
    MockWebServer first = new MockWebServer();
    MockWebServer second = new MockWebServer();
    first.start(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), 0);
    second.start(InetAddress.getByAddress(new byte[] {127, 0, 0, 2}), first.getPort());
    String[] hosts = {"127.0.0.1", "127.0.0.2"};
    AtomicInteger index = new AtomicInteger();
    try (Rig rig =
        Rig.of(
            List.of(first, second),
            endpoint -> Endpoint.builder(hosts[index.getAndIncrement()], first.getPort()),
            settings -> settings)) {
      for (int i = 0; i < 2; i++) {
        String host = hosts[i];
        rig.servers.get(i).setProtocols(List.of(protocol));
        rig.servers
            .get(i)
            .setDispatcher(
                new mockwebserver3.Dispatcher() {
                  @Override
                  public MockResponse dispatch(RecordedRequest request) {
                    return new MockResponse.Builder().code(500).addHeader("X-I-Am", host).build();
                  }
                });
      }
      List<String> chosen = new ArrayList<>();
      List<String> answered = new ArrayList<>();
      Interceptor sendsThreeTimes =
          chain -> {
            for (int i = 0; ; i++) {
              Response response = chain.proceed(chain.request());
              chosen.add(Objects.requireNonNull(response.request().tag(Endpoint.class)).host());
              answered.add(Objects.requireNonNull(response.header("X-I-Am")));
              if (i == 2) {
                return response;
              }
              response.close();
            }
          };
      OkHttpClient client =
          rig.client(
              builder -> builder.protocols(List.of(protocol)).addInterceptor(sendsThreeTimes));
      Rig.fetch(client, "http://orders/");
      Rig.fetch(client, "http://orders/");
      assertThat(answered).hasSize(6).isEqualTo(chosen);
      assertThat(Rig.connections(first)).isEqualTo(1);
      assertThat(Rig.connections(second)).isEqualTo(1);
      assertThat(client.connectionPool().connectionCount()).isEqualTo(2);
      assertThat(rig.outcomes).hasSize(6).containsOnly(Outcome.FAILURE);
      rig.assertIdle();
    }
  }

  private static Request request(String method) {
    boolean empty = method.equals("GET") || method.equals("HEAD");
    return new Request.Builder()
        .url("http://orders/")
        .method(method, empty ? null : RequestBody.create("x", null))
        .build();
  }

  private static void closesAfterAResponse(MockWebServer server) {
    server.enqueue(OK.newBuilder().onResponseEnd(new SocketEffect.CloseSocket()).build());
  }

  /** A client whose pool holds one connection, which the server has closed. */
  private record Stale(Rig rig, OkHttpClient client) implements AutoCloseable {
    static Stale open() throws IOException {
      Rig rig = Rig.of(1);
      OkHttpClient client = rig.client();
      closesAfterAResponse(rig.server());
      rig.server().enqueue(OK);
      Rig.fetch(client, "http://orders/");
      rig.outcomes.clear();
      return new Stale(rig, client);
    }

    @Override
    public void close() {
      rig.close();
    }
  }
}
