package io.evenkeel.lb.okhttp;

import static io.evenkeel.lb.okhttp.FailoverRig.OK;
import static io.evenkeel.lb.okhttp.FailoverRig.status;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.strategy.RoundRobin;
import io.evenkeel.lb.testkit.ManualSource;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.SocketFactory;
import mockwebserver3.MockResponse;
import mockwebserver3.MockWebServer;
import mockwebserver3.RecordedRequest;
import mockwebserver3.SocketEffect;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;
import okhttp3.Request;
import okhttp3.Response;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whose idle connections are given up, and when. */
@Timeout(60)
class GenerationsTest {
  private static final Request GET = Rig.get("http://orders/");
  private static final Duration SHORT = Duration.ofSeconds(1);
  private static final MockResponse HANGS =
      new MockResponse.Builder().headersDelay(1, TimeUnit.MINUTES).build();

  /** Leaves two idle connections in the pool. */
  private static void warm(Rig rig, OkHttpClient client) throws IOException {
    for (int i = 0; i < 2; i++) {
      rig.server().enqueue(OK);
    }
    try (Response first = client.newCall(GET).execute();
        Response second = client.newCall(GET).execute()) {
      assertThat(first.body().string()).isEqualTo(second.body().string());
    }
  }

  private static void answered(Rig rig, OkHttpClient client) throws IOException {
    rig.server().enqueue(OK);
    assertThat(Rig.fetch(client, GET).code()).isEqualTo(200);
  }

  /** The index of the connection that brought the last request. */
  private static int last(MockWebServer server) throws InterruptedException {
    int index = -1;
    for (int i = server.getRequestCount(); i > 0; i--) {
      RecordedRequest request = server.takeRequest(0, TimeUnit.SECONDS);
      if (request == null) {
        return index;
      }
      index = request.getConnectionIndex();
    }
    return index;
  }

  private static void assertANewConnectionOnce(Rig rig, OkHttpClient client, int expected)
      throws Exception {
    for (int i = 0; i < 3; i++) {
      answered(rig, client);
      assertThat(last(rig.server())).as("connection").isEqualTo(expected);
    }
  }

  @Test
  void afterAReadThatTimedOutNoIdleConnectionOfTheEndpointIsUsed() throws Exception {
    try (Rig rig = Rig.of(1)) {
      OkHttpClient client = rig.client(settings -> settings.readTimeout(SHORT));
      warm(rig, client);
      rig.server().enqueue(HANGS);
      assertThatThrownBy(() -> Rig.fetch(client, GET)).isInstanceOf(SocketTimeoutException.class);
      assertANewConnectionOnce(rig, client, 2);
    }
  }

  @Test
  void afterAReadThatTimedOutAMultiplexedConnectionIsNotUsed() throws Exception {
    try (Rig rig = Rig.over(Protocol.H2_PRIOR_KNOWLEDGE, 1)) {
      OkHttpClient client =
          rig.client(
              settings ->
                  settings.readTimeout(SHORT).protocols(List.of(Protocol.H2_PRIOR_KNOWLEDGE)));
      answered(rig, client);
      rig.server().enqueue(HANGS);
      assertThatThrownBy(() -> Rig.fetch(client, GET)).isInstanceOf(SocketTimeoutException.class);
      assertANewConnectionOnce(rig, client, 1);
    }
  }

  @Test
  void soItIsAfterABodyThatStops() throws Exception {
    try (Rig rig = Rig.of(1)) {
      OkHttpClient client = rig.client(settings -> settings.readTimeout(SHORT));
      warm(rig, client);
      rig.enqueue(new MockResponse.Builder().body("late").bodyDelay(1, TimeUnit.MINUTES));
      assertThatThrownBy(() -> Rig.fetch(client, GET)).isInstanceOf(SocketTimeoutException.class);
      assertANewConnectionOnce(rig, client, 2);
    }
  }

  @Test
  void soItIsAfterACallTimeoutThatNothingCameIn() throws Exception {
    try (Rig rig = Rig.of(1)) {
      OkHttpClient client = rig.client();
      warm(rig, client);
      rig.server().enqueue(HANGS);
      assertThatThrownBy(() -> Rig.fetch(client.newBuilder().callTimeout(SHORT).build(), GET))
          .hasMessage("timeout");
      assertANewConnectionOnce(rig, client, 2);
    }
  }

  /** Somebody reads slowly, and the endpoint has answered. */
  @Test
  void aCallTimeoutAfterTheAnswerEndsNothing() throws Exception {
    try (Rig rig = Rig.of(1)) {
      OkHttpClient client = rig.client();
      warm(rig, client);
      rig.enqueue(new MockResponse.Builder().body("late").bodyDelay(1, TimeUnit.MINUTES));
      OkHttpClient hurried = client.newBuilder().callTimeout(SHORT).build();
      assertThatThrownBy(() -> Rig.fetch(hurried, GET)).isInstanceOf(IOException.class);
      answered(rig, client);
      assertThat(last(rig.server())).isLessThan(2);
    }
  }

  @Test
  void soItIsAfterAConnectionThatWasNotMadeInTime() throws Exception {
    AtomicBoolean silent = new AtomicBoolean();
    try (Rig rig = Rig.of(1)) {
      OkHttpClient client =
          rig.client(
              settings ->
                  settings.socketFactory(
                      new Sockets(
                          () -> {
                            if (silent.get()) {
                              throw new SocketTimeoutException("connect timed out");
                            }
                          })));
      rig.server().enqueue(OK);
      try (Response held = client.newCall(GET).execute()) {
        silent.set(true);
        assertThatThrownBy(() -> Rig.fetch(client, GET)).isInstanceOf(SocketTimeoutException.class);
        silent.set(false);
        assertThat(held.body().string()).isEqualTo("ok");
      }
      assertANewConnectionOnce(rig, client, 1);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"HTTP_1_1", "H2_PRIOR_KNOWLEDGE"})
  void anAttemptThatIsGivenUpIsMadeAgainOnAConnectionOfItsOwn(Protocol protocol) throws Exception {
    try (FailoverRig rig =
        FailoverRig.of(
            Rig.over(protocol, 1),
            failover -> failover.attemptTimeout(Duration.ofSeconds(1)),
            interceptor -> interceptor,
            client -> client.protocols(List.of(protocol)))) {
      rig.answers(OK, HANGS);
      Rig.fetch(rig.client, GET);
      assertThat(last(rig.rig.server())).isZero();
      assertThat(Rig.fetch(rig.client, GET).code()).isEqualTo(200);
      assertThat(last(rig.rig.server())).isEqualTo(1);
      Rig.fetch(rig.client, GET);
      assertThat(last(rig.rig.server())).isEqualTo(1);
    }
  }

  /** The rest of the limit is shorter than OkHttp's time-out, which begins after connecting. */
  @Test
  void soIsOneThatIsInterrupted() throws Exception {
    AtomicInteger connections = new AtomicInteger();
    CountDownLatch never = new CountDownLatch(1);
    SocketFactory slowAtFirst =
        new Sockets(
            () -> {
              if (connections.getAndIncrement() == 0) {
                assertThat(never.await(700, TimeUnit.MILLISECONDS)).isFalse();
              }
            });
    try (FailoverRig rig =
        FailoverRig.of(
            Rig.over(Protocol.H2_PRIOR_KNOWLEDGE, 1),
            failover -> failover.attemptTimeout(Duration.ofMillis(1500)),
            interceptor -> interceptor,
            client ->
                client
                    .protocols(List.of(Protocol.H2_PRIOR_KNOWLEDGE))
                    .socketFactory(slowAtFirst))) {
      rig.answers(HANGS);
      assertThat(Rig.fetch(rig.client, GET).code()).isEqualTo(200);
      rig.rig.assertEnded(Outcome.TIMEOUT, Outcome.SUCCESS);
      assertThat(last(rig.rig.server())).isEqualTo(1);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {500, 503, 429})
  void whatFailsOtherwiseLeavesConnectionsAlone(int code) throws Exception {
    try (Rig rig = Rig.of(1)) {
      OkHttpClient client = rig.client();
      warm(rig, client);
      rig.server().enqueue(status(code));
      Rig.fetch(client, GET);
      rig.enqueue(new MockResponse.Builder().onResponseStart(new SocketEffect.CloseSocket()));
      assertThatThrownBy(() -> Rig.fetch(client, Rig.post("http://orders/", "x")))
          .isInstanceOf(IOException.class);
      answered(rig, client);
      assertThat(last(rig.server())).as("connection").isLessThan(2);
    }
  }

  @Test
  void otherEndpointsKeepTheirs() throws Exception {
    try (Rig rig = Rig.of(2)) {
      OkHttpClient client = rig.client(settings -> settings.readTimeout(SHORT));
      MockWebServer other = rig.servers.get(1);
      for (int i = 0; i < 3; i++) {
        other.enqueue(OK);
      }
      rig.server().enqueue(OK);
      rig.server().enqueue(HANGS);
      rig.server().enqueue(OK);
      for (int i = 0; i < 6; i++) {
        try {
          Rig.fetch(client, GET);
        } catch (SocketTimeoutException hangs) {
          assertThat(rig.server().getRequestCount()).isEqualTo(2);
        }
      }
      assertThat(last(rig.server())).isEqualTo(1);
      assertThat(last(other)).isZero();
    }
  }

  private static Endpoint endpoint(int number) {
    return Endpoint.of("10.0.0." + number, 80);
  }

  private static Balancer over(ManualSource source) {
    return Balancer.builder("orders").source(source).strategy(RoundRobin.of()).build();
  }

  @Test
  void whatBeganInAnOlderGenerationEndsNothing() {
    try (Balancer orders = over(ManualSource.of(endpoint(1), endpoint(2)))) {
      Generations generations = new Generations(orders);
      generations.end(endpoint(1), 0);
      generations.end(endpoint(1), 0);
      assertThat(generations.present(endpoint(1))).isEqualTo(1);
      generations.end(endpoint(1), 1);
      generations.end(endpoint(1), 0);
      generations.end(endpoint(1), 1);
      assertThat(generations.present(endpoint(1))).isEqualTo(2);
      assertThat(generations.present(endpoint(2))).isZero();
    }
  }

  @Test
  void endpointsThatAreGoneAreForgotten() {
    ManualSource source = new ManualSource();
    try (Balancer orders = over(source)) {
      Generations generations = new Generations(orders);
      for (int i = 1; i <= 100; i++) {
        source.publish(endpoint(i), endpoint(i + 1));
        generations.end(endpoint(i), 0);
        assertThat(generations.size()).isLessThanOrEqualTo(2);
        assertThat(generations.present(endpoint(i))).isEqualTo(1);
      }
    }
  }

  /** Tells when a connection is about to be made. */
  private static final class Sockets extends SocketFactory {
    private final Connecting connecting;

    Sockets(Connecting connecting) {
      this.connecting = connecting;
    }

    @Override
    public Socket createSocket() {
      return new Socket() {
        @Override
        public void connect(SocketAddress address, int timeout) throws IOException {
          try {
            connecting.begins();
          } catch (InterruptedException e) {
            throw new IOException(e);
          }
          super.connect(address, timeout);
        }
      };
    }

    @Override
    public Socket createSocket(String host, int port) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Socket createSocket(String host, int port, InetAddress local, int localPort) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Socket createSocket(InetAddress host, int port) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Socket createSocket(InetAddress host, int port, InetAddress local, int localPort) {
      throw new UnsupportedOperationException();
    }

    @FunctionalInterface
    interface Connecting {
      void begins() throws IOException, InterruptedException;
    }
  }
}
