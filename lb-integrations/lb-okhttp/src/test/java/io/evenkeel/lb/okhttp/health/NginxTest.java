package io.evenkeel.lb.okhttp.health;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.health.HealthState;
import io.evenkeel.lb.health.probe.ActiveProbe;
import io.evenkeel.lb.okhttp.OkHttpHealthProbe;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** nginx is asked how it is. */
@Timeout(60)
@ExtendWith(Leftovers.class)
class NginxTest {
  private static final Path NGINX = Path.of("/usr/sbin/nginx");
  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(10);
  private static final int TRIES = 5;
  private static final String WELL = "return 200 \"ok\\n\";";

  @TempDir Path folder;

  /** What the four servers of one nginx do. 444 is its word for closing the connection. */
  private static final List<String> ANSWERS =
      List.of(WELL, "return 503;", "return 444;", "limit_rate 10; " + WELL);

  private static final List<String> IDS = List.of("well", "sick", "closing", "slow");

  @Test
  void whatNginxDoesIsToldApartAndItsReloadsGoUnnoticed() throws Exception {
    Program.assumeInstalled(NGINX);
    List<Integer> ports = freePorts(ANSWERS.size());
    try (Program nginx = start(ports)) {
      Endpoint[] endpoints =
          IntStream.range(0, ports.size())
              .mapToObj(i -> Endpoint.builder("127.0.0.1", ports.get(i)).id(IDS.get(i)).build())
              .toArray(Endpoint[]::new);
      try (Watched watched =
          new Watched(
              client ->
                  ActiveProbe.builder(OkHttpHealthProbe.of(client, "/health"))
                      .interval(Duration.ofMillis(500))
                      .timeout(Duration.ofMillis(400))
                      .fastInterval(Duration.ofMillis(100))
                      .build(),
              endpoints)) {
        expectDown(watched, "sick", "status 503 (expected: 200..299)");
        expectDown(watched, "closing", "unexpected end of stream on .*");
        expectDown(watched, "slow", "no answer within PT0.4S");
        assertThat(watched.state("well")).isEqualTo(HealthState.UP);
        long wasDown = watched.version();
        configure(ports, ports.stream().map(port -> WELL).toList());
        nginx.signal("HUP");
        watched.awaitAllUp();
        assertThat(watched.path("well", 0)).containsExactly(HealthState.UP);
        for (String id : IDS.subList(1, IDS.size())) {
          assertThat(watched.path(id, wasDown)).as(id).endsWith(HealthState.UP);
        }
        for (int i = 0; i < 12; i++) {
          assertThat(watched.request()).as("request %d to all", i).isTrue();
        }
      }
    }
  }

  private static void expectDown(Watched watched, String id, String why) {
    watched.await(id + " is down", () -> watched.state(id) == HealthState.DOWN);
    String found = watched.health(id).why();
    assertThat(found.equals(why) || found.matches(why)).as("%s: %s", id, found).isTrue();
  }

  private Program start(List<Integer> ports) throws IOException {
    configure(ports, ANSWERS);
    Program nginx =
        Program.start(
            folder.resolve("log"),
            NGINX.toString(),
            "-p",
            folder.toString(),
            "-c",
            folder.resolve("nginx.conf").toString(),
            "-e",
            "stderr");
    long deadline = System.nanoTime() + PATIENCE_NANOS;
    while (!ports.stream().allMatch(NginxTest::listens)) {
      if (System.nanoTime() - deadline > 0 || !nginx.isAlive()) {
        String printed = nginx.printed();
        nginx.close();
        throw new IOException("nginx does not listen: " + printed);
      }
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
    }
    return nginx;
  }

  private static boolean listens(int port) {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      return socket.isConnected();
    } catch (IOException e) {
      return false;
    }
  }

  private void configure(List<Integer> ports, List<String> answers) throws IOException {
    String servers =
        IntStream.range(0, ports.size())
            .mapToObj(
                i ->
                    "  server { listen 127.0.0.1:%d; location / { %s } }"
                        .formatted(ports.get(i), answers.get(i)))
            .collect(Collectors.joining("\n"));
    String temporary =
        List.of("client_body", "proxy", "fastcgi", "uwsgi", "scgi").stream()
            .map(each -> "  %s_temp_path %s/%s;".formatted(each, folder, each))
            .collect(Collectors.joining("\n"));
    Files.writeString(
        folder.resolve("nginx.conf"),
        """
        daemon off;
        worker_processes 1;
        pid %s/pid;
        events { worker_connections 64; }
        http {
          access_log off;
        %s
        %s
        }
        """
            .formatted(folder, temporary, servers));
  }

  /** Below the range of outgoing ports, so that none of these is taken until nginx has it. */
  private static List<Integer> freePorts(int count) throws IOException {
    SplittableRandom random = new SplittableRandom();
    List<Integer> ports = new ArrayList<>();
    for (int failures = 0; ports.size() < count; ) {
      int port = random.nextInt(20_000, 30_000);
      try (ServerSocket free = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
        if (!ports.contains(free.getLocalPort())) {
          ports.add(port);
        }
      } catch (IOException e) {
        if (++failures == TRIES) {
          throw e;
        }
      }
    }
    return ports;
  }
}
