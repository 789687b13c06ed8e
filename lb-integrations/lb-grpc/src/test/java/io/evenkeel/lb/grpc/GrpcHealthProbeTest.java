package io.evenkeel.lb.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.health.Verdict;
import io.evenkeel.lb.testkit.FakeTicker;
import io.evenkeel.lb.testkit.ManualScheduler;
import io.grpc.InsecureServerCredentials;
import io.grpc.Server;
import io.grpc.ServerCredentials;
import io.grpc.TlsChannelCredentials;
import io.grpc.TlsServerCredentials;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.services.HealthStatusManager;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import okhttp3.tls.HeldCertificate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class GrpcHealthProbeTest {
  private static final Duration LIMIT = Duration.ofSeconds(20);

  private final HealthStatusManager health = new HealthStatusManager();
  private Server server = start(0, InsecureServerCredentials.create(), true);
  private GrpcHealthProbe probe = GrpcHealthProbe.of();

  @AfterEach
  void end() {
    probe.close();
    server.shutdownNow();
  }

  private Server start(int port, ServerCredentials credentials, boolean withHealth) {
    NettyServerBuilder builder =
        NettyServerBuilder.forAddress(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), port), credentials);
    if (withHealth) {
      builder.addService(health.getHealthService());
    }
    try {
      return builder.build().start();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private void restart(int port, ServerCredentials credentials, boolean withHealth)
      throws InterruptedException {
    server.shutdownNow();
    assertThat(server.awaitTermination(20, TimeUnit.SECONDS)).isTrue();
    server = start(port, credentials, withHealth);
  }

  private Endpoint endpoint() {
    return Endpoint.of("127.0.0.1", server.getPort());
  }

  private Verdict ask() throws Exception {
    return get(probe.probe(endpoint(), LIMIT));
  }

  private static Verdict get(CompletionStage<Verdict> stage) throws Exception {
    return stage.toCompletableFuture().get(30, TimeUnit.SECONDS);
  }

  private static Throwable failure(CompletionStage<Verdict> stage) throws Exception {
    try {
      return new AssertionError("no failure: " + get(stage));
    } catch (ExecutionException e) {
      Throwable cause = e.getCause();
      return cause == null ? e : cause;
    }
  }

  @Test
  void servingIsUpAndAllElseIsDown() throws Exception {
    assertThat(ask()).isEqualTo(Verdict.up("SERVING"));
    health.setStatus("", ServingStatus.NOT_SERVING);
    assertThat(ask()).isEqualTo(Verdict.down("NOT_SERVING"));
    health.setStatus("", ServingStatus.UNKNOWN);
    assertThat(ask()).isEqualTo(Verdict.down("UNKNOWN"));
    health.setStatus("", ServingStatus.SERVING);
    assertThat(ask()).isEqualTo(Verdict.up("SERVING"));
    assertThat(probe.channels()).isEqualTo(1);
  }

  @Test
  void aServiceIsAskedForByItsName() throws Exception {
    probe = GrpcHealthProbe.builder().service("acme.Orders").build();
    assertThat(ask())
        .isEqualTo(Verdict.down("the server does not know the service \"acme.Orders\""));
    health.setStatus("acme.Orders", ServingStatus.SERVING);
    health.setStatus("", ServingStatus.NOT_SERVING);
    assertThat(ask().kind()).isEqualTo(Verdict.Kind.UP);
  }

  @Test
  void aServerWithoutTheProtocolIsDown() throws Exception {
    restart(0, InsecureServerCredentials.create(), false);
    assertThat(ask())
        .isEqualTo(Verdict.down("the server does not have the health checking protocol"));
  }

  @Test
  void aServerThatIsGoneIsAFailureWithAReasonAndOneThatIsBackIsUpAtOnce() throws Exception {
    assertThat(ask().kind()).isEqualTo(Verdict.Kind.UP);
    Endpoint endpoint = endpoint();
    server.shutdownNow();
    assertThat(server.awaitTermination(20, TimeUnit.SECONDS)).isTrue();
    for (int i = 0; i < 8; i++) {
      assertThat(failure(probe.probe(endpoint, LIMIT)))
          .isInstanceOf(IOException.class)
          .hasMessageStartingWith("UNAVAILABLE: ");
      assertThat(probe.channels()).as("what is broken is let go of").isZero();
    }
    assertThat(failure(probe.probe(endpoint, LIMIT))).hasMessageContaining("Connection refused");
    server = start(endpoint.port(), InsecureServerCredentials.create(), true);
    // A channel that had waited between its attempts would not know yet.
    assertThat(get(probe.probe(endpoint, LIMIT)).kind()).isEqualTo(Verdict.Kind.UP);
  }

  @Test
  void noAnswerIsGivenUpAtTheLimit() throws Exception {
    try (ServerSocket silent = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
      Endpoint endpoint = Endpoint.of("127.0.0.1", silent.getLocalPort());
      assertThat(failure(probe.probe(endpoint, Duration.ofMillis(200))))
          .isInstanceOf(IOException.class)
          .hasMessage("no answer within PT0.2S");
      assertThat(probe.channels()).isZero();
    }
  }

  @Test
  void aSecureEndpointIsAskedOverTlsByTheNameOfTheService() throws Exception {
    HeldCertificate certificate =
        new HeldCertificate.Builder().addSubjectAlternativeName("orders.test").build();
    restart(
        0,
        TlsServerCredentials.create(
            stream(certificate.certificatePem()), stream(certificate.privateKeyPkcs8Pem())),
        true);
    Endpoint secure = endpoint().toBuilder().secure(true).build();
    probe = trusting(certificate).name("orders.test").build();
    assertThat(get(probe.probe(secure, LIMIT)).kind()).isEqualTo(Verdict.Kind.UP);
    assertThat(failure(probe.probe(endpoint(), LIMIT)))
        .as("in clear")
        .isInstanceOf(IOException.class);
    probe.close();
    probe = trusting(certificate).name("payments.test").build();
    assertThat(failure(probe.probe(secure, LIMIT))).hasMessageContaining("payments.test");
    probe.close();
    probe = trusting(certificate).build();
    assertThat(failure(probe.probe(secure, LIMIT))).isInstanceOf(IOException.class);
    probe.close();
    probe = GrpcHealthProbe.builder().name("orders.test").build();
    assertThat(failure(probe.probe(secure, LIMIT)))
        .as("trusted by nobody else")
        .isInstanceOf(IOException.class);
  }

  private static GrpcHealthProbe.Builder trusting(HeldCertificate certificate) throws IOException {
    return GrpcHealthProbe.builder()
        .credentials(
            TlsChannelCredentials.newBuilder()
                .trustManager(stream(certificate.certificatePem()))
                .build());
  }

  private static ByteArrayInputStream stream(String text) {
    return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void oneChannelTooManySaysNothingOfTheEndpoint() throws Exception {
    probe = GrpcHealthProbe.builder().maxChannels(1).build();
    assertThat(ask().kind()).isEqualTo(Verdict.Kind.UP);
    assertThat(failure(probe.probe(Endpoint.of("127.0.0.1", 1), LIMIT)))
        .isInstanceOf(RejectedExecutionException.class)
        .hasMessage("maxChannels: 1 are in use");
    assertThat(ask().kind()).isEqualTo(Verdict.Kind.UP);
  }

  @Test
  void channelsThatNobodyUsesAreClosed() {
    FakeTicker ticker = new FakeTicker(Long.MAX_VALUE - 5);
    ManualScheduler scheduler = new ManualScheduler(ticker);
    Channels channels = new Channels(TlsChannelCredentials.create(), null, 10, ticker, scheduler);
    var used = channels.to(endpoint());
    var gone = channels.to(Endpoint.of("127.0.0.1", 1));
    assertThat(channels.to(endpoint())).isSameAs(used);
    for (int i = 0; i < 5; i++) {
      scheduler.advance(Duration.ofMinutes(1));
      assertThat(channels.to(endpoint())).isSameAs(used);
    }
    assertThat(channels.size()).isEqualTo(1);
    assertThat(gone.isShutdown()).isTrue();
    assertThat(used.isShutdown()).isFalse();
    scheduler.advance(Duration.ofMinutes(5));
    assertThat(channels.size()).isZero();
    assertThat(used.isShutdown()).isTrue();
    assertThat(scheduler.pending()).as("no channels, no sweep").isZero();
  }

  @Test
  void closeEndsAllChannelsForGood() throws Exception {
    assertThat(ask().kind()).isEqualTo(Verdict.Kind.UP);
    probe.close();
    assertThat(probe.channels()).isZero();
    assertThat(failure(probe.probe(endpoint(), LIMIT)))
        .isInstanceOf(RejectedExecutionException.class);
    assertThat(probe.channels()).isZero();
  }

  @Test
  void settingsArePrintedAndOnesOutOfRangeRefused() {
    assertThat(probe).hasToString("GrpcHealthProbe[service=\"\"]");
    assertThat(GrpcHealthProbe.builder().service("a.B").name("orders").build())
        .hasToString("GrpcHealthProbe[service=\"a.B\", name=orders]");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> GrpcHealthProbe.builder().maxChannels(0))
        .withMessage("maxChannels: 0 (expected: 1..50000)");
  }
}
