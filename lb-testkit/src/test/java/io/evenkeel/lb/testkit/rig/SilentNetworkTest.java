package io.evenkeel.lb.testkit.rig;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class SilentNetworkTest {
  private static final int SHORT_MILLIS = 100;

  @Test
  void silenceIsTotalAndEndsWithoutLoss() throws Exception {
    assumeThat(SilentNetwork.obstacle()).as("needs root and the tools of iproute2").isEmpty();
    List<String> before = devices();
    try (SilentNetwork network = SilentNetwork.open();
        ServerProcess server = ServerProcess.builder().in(network).start();
        Wire wire = Wire.to(server);
        Socket refused = new Socket()) {
      assertThat(wire.get("/").status()).isEqualTo(200);
      assertThat(devices()).hasSize(before.size() + 1);
      network.silence();
      long begun = System.nanoTime();
      assertThatThrownBy(() -> wire.timeout(SHORT_MILLIS).get("/"))
          .isInstanceOf(SocketTimeoutException.class);
      assertThatThrownBy(
              () ->
                  refused.connect(
                      new InetSocketAddress(server.host(), server.port()), SHORT_MILLIS))
          .isInstanceOf(SocketTimeoutException.class);
      assertThat(server.requests()).isEqualTo(1);
      network.restore();
      assertThat(wire.timeout(20_000).answer(begun).status()).isEqualTo(200);
      server.kill();
      assertThatThrownBy(() -> Wire.to(server)).isInstanceOf(SocketException.class);
    }
    assertThat(devices()).isEqualTo(before);
  }

  private static List<String> devices() throws SocketException {
    return Collections.list(NetworkInterface.getNetworkInterfaces()).stream()
        .map(NetworkInterface::getName)
        .filter(name -> name.startsWith("rig"))
        .sorted()
        .toList();
  }
}
