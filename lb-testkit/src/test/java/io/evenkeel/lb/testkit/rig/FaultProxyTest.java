package io.evenkeel.lb.testkit.rig;

import static io.evenkeel.lb.testkit.rig.Eventually.assertThatEventually;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.EOFException;
import java.net.ConnectException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class FaultProxyTest {
  private static final int BODY = 50_000;
  private static final int SHORT_MILLIS = 100;

  private static ServerProcess server;
  private final LeakOracle oracle = LeakOracle.builder().threads("fault-proxy-.*").begin();
  private FaultProxy proxy;

  @BeforeAll
  static void start() {
    server = ServerProcess.builder().serviceTime(Duration.ZERO).bodyBytes(BODY).start();
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @BeforeEach
  void open() {
    proxy = FaultProxy.to(server.host(), server.port());
  }

  @AfterEach
  void close() {
    proxy.close();
    assertThatEventually("no connection is left", () -> proxy.open() == 0);
    oracle.assertNone();
  }

  @Test
  void passesAllAndCounts() throws Exception {
    try (Wire wire = Wire.to(proxy)) {
      for (int i = 0; i < 20; i++) {
        assertThat(wire.get("/").bytes()).isEqualTo(BODY);
      }
      assertThat(proxy.connections()).isEqualTo(1);
      assertThat(proxy.open()).isEqualTo(1);
      assertThat(proxy.bytesToClients()).isGreaterThan(20 * BODY).isLessThan(21 * BODY);
      assertThat(proxy.bytesToServer()).isBetween(20L * 20, 20L * 100);
    }
    assertThatEventually("the end has passed", () -> proxy.open() == 0);
  }

  @Test
  void latencyIsAddedOnceToAnAnswerAndGoesAgain() throws Exception {
    try (Wire wire = Wire.to(proxy)) {
      assertThat(BODY).as("comes in several pieces").isGreaterThan(3 * 16 * 1024);
      proxy.set(Fault.latency(Duration.ofSeconds(2)));
      assertThat(wire.get("/").millis()).isBetween(2_000L, 3_999L);
      proxy.set(Fault.latency(Duration.ofHours(1)));
      assertThatThrownBy(() -> wire.timeout(SHORT_MILLIS).get("/"))
          .isInstanceOf(SocketTimeoutException.class);
      proxy.set(Fault.none());
      assertThat(wire.timeout(20_000).answer(System.nanoTime()).status()).isEqualTo(200);
    }
  }

  @Test
  void aSlowBodyTakesItsTimeAndCanBeSetFree() throws Exception {
    try (Wire wire = Wire.to(proxy)) {
      proxy.set(Fault.bandwidth(200_000));
      assertThat(wire.get("/").millis()).isGreaterThanOrEqualTo(240);
      proxy.set(Fault.bandwidth(1));
      wire.send("GET / HTTP/1.1\r\nHost: test\r\n\r\n");
      assertThatThrownBy(() -> wire.timeout(SHORT_MILLIS).answer(0))
          .isInstanceOf(SocketTimeoutException.class);
      proxy.set(Fault.none());
    }
  }

  @Test
  void aResetIsAResetOfOpenConnectionsAndOfNewOnes() throws Exception {
    try (Wire open = Wire.to(proxy)) {
      assertThat(open.get("/").status()).isEqualTo(200);
      proxy.set(Fault.reset());
      assertThatThrownBy(() -> open.answer(0))
          .isInstanceOf(SocketException.class)
          .hasMessageContaining("reset");
      assertThatThrownBy(
              () -> {
                try (Wire fresh = Wire.to(proxy)) {
                  fresh.get("/");
                }
              })
          .isInstanceOf(SocketException.class);
      proxy.set(Fault.none());
      try (Wire after = Wire.to(proxy)) {
        assertThat(after.get("/").status()).isEqualTo(200);
      }
    }
  }

  @Test
  void aResetAmidABodyIsNoEnd() throws Exception {
    try (Wire wire = Wire.to(proxy)) {
      assertThat(wire.get("/").status()).isEqualTo(200);
      proxy.set(Fault.resetAfter(10_000));
      assertThatThrownBy(() -> wire.get("/"))
          .isInstanceOf(SocketException.class)
          .hasMessageContaining("reset");
      assertThat(proxy.bytesToClients()).isBetween(BODY + 10_000L, BODY + 12_000L);
    }
  }

  @Test
  void aTruncationIsAnEndInOrderAfterExactlySoMuch() throws Exception {
    try (Wire wire = Wire.to(proxy)) {
      assertThat(wire.get("/").status()).isEqualTo(200);
      long before = proxy.bytesToClients();
      proxy.set(Fault.truncationAfter(10_000));
      assertThatThrownBy(() -> wire.get("/"))
          .isInstanceOf(EOFException.class)
          .hasMessageContaining("of " + BODY);
      assertThat(proxy.bytesToClients()).isEqualTo(before + 10_000);
      try (Wire next = Wire.to(proxy)) {
        assertThatThrownBy(() -> next.get("/")).isInstanceOf(EOFException.class);
      }
    }
  }

  @Test
  void silenceTakesBytesAndSaysNothingUntilItEnds() throws Exception {
    try (Wire open = Wire.to(proxy)) {
      assertThat(open.get("/").status()).isEqualTo(200);
      long requests = server.requests();
      proxy.set(Fault.silence());
      assertThatThrownBy(() -> open.timeout(SHORT_MILLIS).get("/"))
          .isInstanceOf(SocketTimeoutException.class);
      try (Wire fresh = Wire.to(proxy)) {
        assertThatThrownBy(() -> fresh.timeout(SHORT_MILLIS).get("/"))
            .isInstanceOf(SocketTimeoutException.class);
        assertThat(server.requests()).isEqualTo(requests);
        proxy.set(Fault.none());
        assertThat(fresh.timeout(20_000).answer(0).status()).isEqualTo(200);
        assertThat(open.timeout(20_000).answer(0).status()).isEqualTo(200);
      }
    }
  }

  @Test
  void aRefusalIsOfNewConnectionsAndEndsOnTheSamePort() throws Exception {
    int port = proxy.port();
    try (Wire open = Wire.to(proxy)) {
      assertThat(open.get("/").status()).isEqualTo(200);
      proxy.set(Fault.refusal());
      proxy.set(Fault.refusal());
      assertThatThrownBy(() -> Wire.to(proxy)).isInstanceOf(ConnectException.class);
      assertThat(open.get("/").status()).isEqualTo(200);
      proxy.set(Fault.none());
      try (Wire after = Wire.to(proxy)) {
        assertThat(after.get("/").status()).isEqualTo(200);
      }
      assertThat(proxy.port()).isEqualTo(port);
    }
  }

  @Test
  void aServerThatIsNotThereShowsAsAReset() throws Exception {
    try (ServerProcess mortal = ServerProcess.start();
        FaultProxy before = FaultProxy.to(mortal.host(), mortal.port())) {
      mortal.kill();
      assertThatThrownBy(
              () -> {
                try (Wire wire = Wire.to(before)) {
                  wire.get("/");
                }
              })
          .isInstanceOf(SocketException.class);
      mortal.restart();
      try (Wire wire = Wire.to(before)) {
        assertThat(wire.get("/").status()).isEqualTo(200);
      }
    }
  }
}
