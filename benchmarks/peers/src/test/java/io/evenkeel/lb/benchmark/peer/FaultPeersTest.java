package io.evenkeel.lb.benchmark.peer;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.benchmark.fault.Peer;
import io.evenkeel.lb.benchmark.fault.PeerRig;
import io.evenkeel.lb.benchmark.fault.PeerServers;
import io.evenkeel.lb.testkit.rig.Reply;
import java.time.Duration;
import java.util.ServiceLoader;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@Timeout(120)
class FaultPeersTest {
  private static final int REQUESTS = 20;
  private static final PeerServers TWO =
      new PeerServers(
          2, Duration.ofMillis(1), 4, null, Duration.ofSeconds(5), Duration.ofSeconds(20));

  static Stream<Peer> peers() {
    return ServiceLoader.load(Peer.class).stream().map(ServiceLoader.Provider::get);
  }

  @Test
  void eachHasANameOfItsOwn() {
    assertThat(peers().map(Peer::name)).containsExactlyInAnyOrder("grpc", "resilience4j");
  }

  @ParameterizedTest
  @MethodSource("peers")
  void whatMayBeRepeatedSurvivesADeathAndWhatMayNotIsSentOnce(Peer peer) throws Exception {
    try (PeerRig rig = peer.start(TWO)) {
      rig.direct(0);
      rig.direct(1);
      assertThat(rig.attempts()).isEmpty();
      assertThat(failures(rig, false)).isZero();
      assertThat(rig.attempts()).hasSize(REQUESTS);
      rig.forget();
      assertThat(rig.attempts()).isEmpty();
      rig.kill(0);
      int unused = failures(rig, true);
      assertThat(rig.attempts()).hasSizeLessThanOrEqualTo(REQUESTS);
      rig.forget();
      assertThat(failures(rig, false)).isZero();
      assertThat(rig.attempts()).hasSizeGreaterThanOrEqualTo(REQUESTS);
      rig.restart(0);
      rig.direct(0);
    }
  }

  @ParameterizedTest
  @MethodSource("peers")
  void whereNobodyIsLeftRequestsFail(Peer peer) throws Exception {
    try (PeerRig rig = peer.start(TWO)) {
      rig.kill(0);
      rig.kill(1);
      assertThat(failures(rig, false)).isEqualTo(REQUESTS);
    }
  }

  private static int failures(PeerRig rig, boolean post) {
    return (int)
        IntStream.range(0, REQUESTS)
            .mapToObj(number -> post ? rig.post() : rig.get())
            .map(Reply::outcome)
            .filter(outcome -> outcome != Outcome.SUCCESS)
            .count();
  }
}
