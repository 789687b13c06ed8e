package io.evenkeel.lb.benchmark.fault;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.lb.testkit.rig.ServerProcess;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class RelayProcessTest {
  private final HttpClient client = HttpClient.newHttpClient();

  @Test
  void eachInstanceAnswersWhatTheNextServiceDoes() throws Exception {
    List<ServerProcess> bottom = ServerProcess.builder().start(2);
    try (RelayProcess relays =
        RelayProcess.start(2, bottom.stream().map(ServerProcess::port).toList())) {
      assertThat(relays.ports()).hasSize(2).doesNotHaveDuplicates();
      for (int port : relays.ports()) {
        assertThat(status(port, "/")).isEqualTo(200);
      }
      assertThat(arrived(bottom)).isEqualTo(2);
      bottom.forEach(server -> server.errors(1, 500));
      for (int port : relays.ports()) {
        assertThat(status(port, "/")).isEqualTo(500);
      }
      // A failover that has made but one call before may try again once.
      assertThat(arrived(bottom)).isGreaterThan(4);
      bottom.forEach(ServerProcess::kill);
      assertThat(status(relays.ports().get(0), "/")).isEqualTo(503);
      assertThat(status(relays.ports().get(0), "/health")).isEqualTo(200);
    } finally {
      bottom.forEach(ServerProcess::close);
    }
  }

  private static long arrived(List<ServerProcess> bottom) {
    return bottom.stream().mapToLong(ServerProcess::requests).sum();
  }

  private int status(int port, String path) throws IOException, InterruptedException {
    URI uri = URI.create("http://127.0.0.1:" + port + path);
    HttpRequest request = HttpRequest.newBuilder(uri).build();
    return client.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
  }
}
