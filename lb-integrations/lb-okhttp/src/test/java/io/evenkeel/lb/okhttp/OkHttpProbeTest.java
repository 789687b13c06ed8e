package io.evenkeel.lb.okhttp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.LoadReport;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import mockwebserver3.MockResponse;
import mockwebserver3.RecordedRequest;
import mockwebserver3.SocketEffect;
import okhttp3.OkHttpClient;
import org.assertj.core.api.AbstractThrowableAssert;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.Test;

class OkHttpProbeTest {
  private static final String HEADER = "endpoint-load-metrics";
  private static final String REPORT = "TEXT application_utilization=0.5,rps_fractional=9";

  @Test
  void aProbeAsksTheEndpointAndReadsItsHeaders() throws Exception {
    try (Rig rig = Rig.of(1)) {
      rig.enqueue(new MockResponse.Builder().addHeader(HEADER, REPORT));
      OkHttpProbe probe = OkHttpProbe.of(rig.client());
      LoadReport report = ask(probe, endpoint(rig));
      assertThat(report.utilization()).isEqualTo(0.5);
      assertThat(report.queriesPerSecond()).isEqualTo(9);
      RecordedRequest asked = rig.server().takeRequest();
      assertThat(asked.getRequestLine()).isEqualTo("GET /load HTTP/1.1");
      assertThat(asked.getHeaders().get("Host")).isEqualTo("127.0.0.1:" + rig.server().getPort());
    }
  }

  @Test
  void aProbeIsNoRequestOfTheBalancerEvenIfItClaimsTheHost() throws Exception {
    try (Rig rig = Rig.named("127.0.0.1", Rig.start(2, server -> server), each -> each)) {
      rig.always(new MockResponse.Builder().addHeader(HEADER, REPORT));
      OkHttpProbe probe = OkHttpProbe.of(rig.client());
      Endpoint second = rig.orders.nodes().get(1).endpoint();
      for (int i = 0; i < 4; i++) {
        ask(probe, second);
      }
      assertThat(rig.outcomes).isEmpty();
      assertThat(rig.servers.stream().filter(each -> each.getRequestCount() == 4)).hasSize(1);
      rig.assertIdle();
    }
  }

  @Test
  void pathAndMethodMayBeOthers() throws Exception {
    try (Rig rig = Rig.of(1)) {
      rig.enqueue(new MockResponse.Builder().code(204).addHeader(HEADER, REPORT));
      OkHttpProbe probe = OkHttpProbe.builder(rig.client()).path("/a/b?c=d").head().build();
      ask(probe, endpoint(rig));
      assertThat(rig.server().takeRequest().getRequestLine()).isEqualTo("HEAD /a/b?c=d HTTP/1.1");
    }
  }

  @Test
  void anAnswerWithoutAReportIsAFailure() throws Exception {
    try (Rig rig = Rig.of(1)) {
      rig.enqueue(new MockResponse.Builder());
      rig.enqueue(new MockResponse.Builder().addHeader(HEADER, "JSON {"));
      rig.enqueue(new MockResponse.Builder().code(503).addHeader(HEADER, REPORT));
      rig.enqueue(new MockResponse.Builder().code(302).addHeader("Location", "/other"));
      rig.enqueue(
          new MockResponse.Builder().onResponseStart(SocketEffect.ShutdownConnection.INSTANCE));
      OkHttpProbe probe = OkHttpProbe.of(rig.client());
      assertFailure(probe, rig).hasMessageEndingWith("/load: no report");
      assertFailure(probe, rig).hasMessageContaining("/load: no report: ");
      assertFailure(probe, rig).hasMessageEndingWith("no report: status 503");
      assertFailure(probe, rig).hasMessageEndingWith("no report: status 302");
      assertFailure(probe, rig);
      assertThat(rig.server().getRequestCount()).as("nothing is repeated or followed").isEqualTo(5);
    }
  }

  @Test
  void anAnswerThatDoesNotComeIsGivenUp() throws Exception {
    try (Rig rig = Rig.of(1)) {
      rig.enqueue(new MockResponse.Builder().onResponseStart(SocketEffect.Stall.INSTANCE));
      OkHttpProbe probe = OkHttpProbe.builder(rig.client()).timeout(Duration.ofMillis(50)).build();
      assertFailure(probe, rig).hasMessage("timeout");
    }
  }

  @Test
  void aBodyIsNotWaitedFor() throws Exception {
    try (Rig rig = Rig.of(1)) {
      rig.always(
          new MockResponse.Builder()
              .addHeader(HEADER, REPORT)
              .body("x".repeat(1 << 22))
              .throttleBody(1, 1, TimeUnit.SECONDS));
      OkHttpClient client = rig.client();
      OkHttpProbe probe = OkHttpProbe.builder(client).timeout(Duration.ofSeconds(15)).build();
      for (int i = 0; i < 3; i++) {
        assertThat(ask(probe, endpoint(rig)).utilization()).isEqualTo(0.5);
      }
      assertThat(client.connectionPool().connectionCount())
          .as("connections in use")
          .isEqualTo(client.connectionPool().idleConnectionCount());
    }
  }

  @Test
  void anEndpointThatIsNotThereIsAFailure() throws Exception {
    try (Rig rig = Rig.of(1)) {
      OkHttpProbe probe = OkHttpProbe.of(rig.client());
      Endpoint endpoint = endpoint(rig);
      rig.server().close();
      assertThat(failure(probe, endpoint)).isInstanceOf(IOException.class);
    }
  }

  @Test
  void settingsArePrintedAndOnesOutOfRangeRefused() {
    OkHttpProbe.Builder builder = OkHttpProbe.builder(new OkHttpClient());
    assertThat(builder.build()).hasToString("OkHttpProbe[GET /load, timeout=PT0.25S]");
    for (String path : new String[] {"load", "", "//other/load", "http://other/"}) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> builder.path(path))
          .withMessage("path: \"" + path + "\" (expected: a path that begins with one /)");
    }
    assertThatIllegalArgumentException()
        .isThrownBy(() -> builder.timeout(Duration.ZERO))
        .withMessage("timeout: PT0S (expected: PT0.001S..PT1M)");
  }

  private static Endpoint endpoint(Rig rig) {
    return rig.orders.nodes().get(0).endpoint();
  }

  private static LoadReport ask(OkHttpProbe probe, Endpoint endpoint)
      throws InterruptedException, ExecutionException, TimeoutException {
    return probe.probe(endpoint).toCompletableFuture().get(20, TimeUnit.SECONDS);
  }

  private static AbstractThrowableAssert<?, ? extends Throwable> assertFailure(
      OkHttpProbe probe, Rig rig) throws Exception {
    return Assertions.assertThat(failure(probe, endpoint(rig))).isInstanceOf(IOException.class);
  }

  private static Throwable failure(OkHttpProbe probe, Endpoint endpoint) throws Exception {
    try {
      return new AssertionError("no failure: " + ask(probe, endpoint));
    } catch (ExecutionException e) {
      Throwable cause = e.getCause();
      return cause == null ? e : cause;
    }
  }
}
