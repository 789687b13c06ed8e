package io.evenkeel.lb.okhttp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.health.Verdict;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import mockwebserver3.MockResponse;
import mockwebserver3.SocketEffect;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Over HTTP/2 a connection outlives a request that is cancelled. */
@Timeout(60)
class Http2HealthTest {
  private static final List<Protocol> HTTP_2 = List.of(Protocol.H2_PRIOR_KNOWLEDGE);

  @Test
  void probesThatAreAnsweredKeepTheirConnection() throws Exception {
    try (Rig rig = Rig.of(1)) {
      OkHttpHealthProbe probe = overHttp2(rig);
      rig.always(new MockResponse.Builder());
      for (int i = 0; i < 5; i++) {
        assertThat(ask(probe, rig, Duration.ofSeconds(15)).kind()).isEqualTo(Verdict.Kind.UP);
      }
      assertThat(Rig.connections(rig.server())).isEqualTo(1);
    }
  }

  /** After a black hole the old connection may be dead for many minutes, and a new one not. */
  @Test
  void aProbeAfterSilenceHasAnotherConnection() throws Exception {
    try (Rig rig = Rig.of(1)) {
      OkHttpHealthProbe probe = overHttp2(rig);
      rig.enqueue(new MockResponse.Builder());
      rig.enqueue(new MockResponse.Builder().onResponseStart(SocketEffect.Stall.INSTANCE));
      assertThat(ask(probe, rig, Duration.ofSeconds(15)).kind()).isEqualTo(Verdict.Kind.UP);
      assertThatThrownBy(() -> ask(probe, rig, Duration.ofMillis(300)))
          .hasMessageContaining("no answer within");
      rig.always(new MockResponse.Builder());
      assertThat(rig.server().takeRequest().getConnectionIndex()).isZero();
      assertThat(rig.server().takeRequest().getConnectionIndex()).isZero();
      assertThat(ask(probe, rig, Duration.ofSeconds(15)).kind()).isEqualTo(Verdict.Kind.UP);
      assertThat(rig.server().takeRequest().getConnectionIndex()).isEqualTo(1);
    }
  }

  private static OkHttpHealthProbe overHttp2(Rig rig) {
    rig.server().setProtocols(HTTP_2);
    return OkHttpHealthProbe.of(new OkHttpClient.Builder().protocols(HTTP_2).build(), "/");
  }

  private static Verdict ask(OkHttpHealthProbe probe, Rig rig, Duration limit) throws Exception {
    Endpoint endpoint = rig.orders.nodes().get(0).endpoint();
    return probe.probe(endpoint, limit).toCompletableFuture().get(20, TimeUnit.SECONDS);
  }
}
