package io.evenkeel.lb.testkit.rig;

import static io.evenkeel.lb.testkit.rig.Eventually.assertThatEventually;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ServerProcessTest {
  private static final int SHORT_MILLIS = 100;

  @Test
  void answersAsItIsToldFromTheMomentThatItIsTold() throws Exception {
    try (ServerProcess server = ServerProcess.builder().bodyBytes(70_000).start();
        Wire wire = Wire.to(server)) {
      Wire.Answer well = wire.get("/");
      assertThat(well.status()).isEqualTo(200);
      assertThat(well.bytes()).isEqualTo(70_000);
      assertThat(well.millis()).isGreaterThanOrEqualTo(10);

      server.serviceTime(Duration.ofMillis(60));
      assertThat(wire.get("/").millis()).isGreaterThanOrEqualTo(60);

      server.serviceTime(Duration.ofHours(1));
      server.errors(1, 429, Duration.ofSeconds(7));
      Wire.Answer error = wire.get("/");
      assertThat(error.status()).isEqualTo(429);
      assertThat(error.headers()).containsEntry("retry-after", "7");
      assertThat(wire.get("/health").status()).isEqualTo(200);

      server.errors(1, 500);
      assertThat(wire.get("/").headers()).doesNotContainKey("retry-after");

      server.errors(0, 500);
      server.serviceTime(Duration.ZERO);
      server.health(503);
      assertThat(wire.get("/").status()).isEqualTo(200);
      assertThat(wire.get("/health").status()).isEqualTo(503);
    }
  }

  @Test
  void aShareOfErrorsIsTheSameForTheSameSeed() throws Exception {
    assertThat(errors(7)).isEqualTo(errors(7)).hasSizeBetween(70, 130);
    assertThat(errors(7)).isNotEqualTo(errors(8));
  }

  private static List<Integer> errors(long seed) throws IOException {
    List<Integer> errors = new ArrayList<>();
    try (ServerProcess server =
            ServerProcess.builder().serviceTime(Duration.ZERO).seed(seed).start();
        Wire wire = Wire.to(server)) {
      server.errors(0.5, 500);
      for (int i = 0; i < 200; i++) {
        if (wire.get("/").status() == 500) {
          errors.add(i);
        }
      }
    }
    return errors;
  }

  @Test
  void trafficAndHealthHangApart() throws Exception {
    try (ServerProcess server = ServerProcess.start();
        Wire traffic = Wire.to(server);
        Wire health = Wire.to(server)) {
      server.hang(true);
      assertThat(health.get("/health").status()).isEqualTo(200);
      assertThatThrownBy(() -> traffic.timeout(SHORT_MILLIS).get("/"))
          .isInstanceOf(SocketTimeoutException.class);
      server.hang(false);
      server.hangHealth(true);
      assertThat(Wire.get(server, "/").status()).isEqualTo(200);
      assertThatThrownBy(() -> health.timeout(SHORT_MILLIS).get("/health"))
          .isInstanceOf(SocketTimeoutException.class);
      server.hangHealth(false);
      assertThat(Wire.get(server, "/health").status()).isEqualTo(200);
      assertThat(server.requests()).isEqualTo(2);
      assertThat(server.requests("/health")).isEqualTo(3);
    }
  }

  @Test
  void requestsBeyondTheLimitWait() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(6);
    try (ServerProcess server =
        ServerProcess.builder().serviceTime(Duration.ofMillis(50)).concurrencyLimit(2).start()) {
      List<Future<Wire.Answer>> answers = new ArrayList<>();
      long begun = System.nanoTime();
      for (int i = 0; i < 6; i++) {
        answers.add(threads.submit(() -> Wire.get(server, "/")));
      }
      for (Future<Wire.Answer> answer : answers) {
        assertThat(answer.get().status()).isEqualTo(200);
      }
      assertThat(Duration.ofNanos(System.nanoTime() - begun)).isGreaterThan(Duration.ofMillis(150));
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void aKilledServerRefusesAndComesBackOnItsPortOrOnAnother() throws Exception {
    try (ServerProcess server = ServerProcess.start()) {
      long pid = server.pid();
      int port = server.port();
      server.errors(1, 500);
      assertThat(Wire.get(server, "/").status()).isEqualTo(500);
      server.kill();
      assertThat(server.isAlive()).isFalse();
      assertThatThrownBy(() -> Wire.to(server)).isInstanceOf(ConnectException.class);

      server.restart();
      assertThat(server.port()).isEqualTo(port);
      assertThat(server.pid()).isNotEqualTo(pid);
      assertThat(Wire.get(server, "/").status()).as("as it was built").isEqualTo(200);

      server.restartElsewhere();
      assertThat(server.port()).isNotEqualTo(port);
      assertThat(Wire.get(server, "/").status()).isEqualTo(200);
      assertThatThrownBy(() -> new Wire(server.host(), port)).isInstanceOf(ConnectException.class);
    }
  }

  @Test
  void aStoppedServerIsConnectedToAndSaysNothingUntilItGoesOn() throws Exception {
    try (ServerProcess server = ServerProcess.start();
        Wire before = Wire.to(server)) {
      assertThat(before.get("/").status()).isEqualTo(200);
      server.stop();
      assertThat(server.isAlive()).isTrue();
      long begun = System.nanoTime();
      assertThatThrownBy(() -> before.timeout(SHORT_MILLIS).get("/"))
          .isInstanceOf(SocketTimeoutException.class);
      try (Wire meanwhile = Wire.to(server)) {
        meanwhile.send("GET / HTTP/1.1\r\nHost: test\r\n\r\n");
        assertThatThrownBy(() -> meanwhile.timeout(SHORT_MILLIS).answer(begun))
            .isInstanceOf(SocketTimeoutException.class);
        assertThatThrownBy(() -> server.hang(true)).hasMessageContaining("stopped");
        server.resume();
        assertThat(meanwhile.timeout(20_000).answer(begun).status()).isEqualTo(200);
      }
      server.stop();
      server.restart();
      assertThat(Wire.get(server, "/").status()).isEqualTo(200);
    }
  }

  @Test
  void whatItHasDoneIsKnownAfterItsDeath() throws Exception {
    try (ServerProcess server = ServerProcess.builder().serviceTime(Duration.ZERO).start();
        Wire wire = Wire.to(server)) {
      assertThat(wire.post("/orders", "a", "one").status()).isEqualTo(200);
      assertThat(wire.post("/orders", "b", "two").status()).isEqualTo(200);
      assertThat(wire.get("/orders?page=2").status()).isEqualTo(200);
      server.hang(true);
      wire.send("POST /orders HTTP/1.1\r\nIdempotency-Key: a\r\nContent-Length: 3\r\n\r\none");
      wire.send("POST /orders HTTP/1.1\r\nIdempotency-Key: never-in-its-hands\r\n\r\n");
      assertThatEventually("the repeat is counted", () -> server.requests("/orders") == 4);
      server.kill();
      assertThat(server.posts()).isEqualTo(Map.of("a", 2, "b", 1));
      server.restart();
      assertThat(Wire.get(server, "/else").status()).isEqualTo(200);
      assertThat(server.requests()).isEqualTo(5);
      assertThat(server.requests("/else")).isEqualTo(1);
    }
  }

  /** By a signal that leaves it no time, and by an exit in the usual way. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void serversDieWithTheirParentEvenWhileTheyAreStopped(boolean killed) throws Exception {
    Process parent =
        Children.start(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:TieredStopAtLevel=1",
            "-Xmx64m",
            "-cp",
            System.getProperty("java.class.path"),
            Orphan.class.getName(),
            "0");
    try {
      List<ProcessHandle> servers =
          Stream.of(new Children.Lines(parent).await("pids ").split(" ", -1))
              .map(Long::parseLong)
              .map(pid -> ProcessHandle.of(pid).orElseThrow())
              .toList();
      if (killed) {
        Children.end(parent);
      } else {
        parent.getOutputStream().close();
      }
      assertThatEventually(
          "servers have ended: " + servers,
          () -> servers.stream().noneMatch(ProcessHandle::isAlive));
    } finally {
      Children.end(parent);
    }
  }

  @Test
  void wrongSettingsAreRefused() {
    assertThatThrownBy(() -> ServerProcess.builder().concurrencyLimit(0))
        .hasMessage("concurrencyLimit: 0 (expected: >= 1)");
    try (ServerProcess server = ServerProcess.start()) {
      assertThatThrownBy(() -> server.errors(1.1, 500))
          .hasMessage("share: 1.1 (expected: 0.0..1.0)");
      assertThatThrownBy(() -> server.health(99)).hasMessage("status: 99 (expected: 200..599)");
      server.kill();
      assertThatThrownBy(() -> server.hang(true)).hasMessage("server: dead (expected: alive)");
    }
  }
}
