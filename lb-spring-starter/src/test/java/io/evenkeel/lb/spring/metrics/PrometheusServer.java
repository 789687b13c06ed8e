package io.evenkeel.lb.spring.metrics;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import tools.jackson.databind.JsonNode;

/** A Prometheus of its own that scrapes one application, with the rules of this repository. */
final class PrometheusServer implements AutoCloseable {
  private static final Duration LONGEST = Duration.ofSeconds(60);

  private final Process process;
  private final Path log;
  private final String base;
  private final HttpClient client = HttpClient.newHttpClient();

  private PrometheusServer(Process process, Path log, int port) {
    this.process = process;
    this.log = log;
    this.base = "http://127.0.0.1:" + port;
  }

  /** One that scrapes the path {@code /metrics} of the port, as the job {@code shop}. */
  static PrometheusServer start(Path dir, int scraped) throws Exception {
    Path config = dir.resolve("prometheus.yml");
    Files.writeString(
        config,
        """
        global:
          scrape_interval: 500ms
          scrape_timeout: 500ms
          evaluation_interval: 500ms
        rule_files:
          - "%s"
        scrape_configs:
          - job_name: shop
            static_configs:
              - targets: ["127.0.0.1:%d"]
        """
            .formatted(Dashboards.RULES, scraped));
    int port = freePort();
    Path log = dir.resolve("prometheus.log");
    Process process =
        new ProcessBuilder(
                Tool.named("prometheus").path().toString(),
                "--config.file=" + config,
                "--storage.tsdb.path=" + dir.resolve("data"),
                "--web.listen-address=127.0.0.1:" + port,
                "--log.level=warn")
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    PrometheusServer server = new PrometheusServer(process, log, port);
    try {
      server.awaitReady();
    } catch (Exception | Error e) {
      server.close();
      throw e;
    }
    return server;
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private void awaitReady() throws Exception {
    long begin = System.nanoTime();
    while (true) {
      try {
        if (get("/-/ready").statusCode() == 200) {
          return;
        }
      } catch (IOException e) {
        assertThat(System.nanoTime() - begin)
            .as("nanoseconds until it listens: %s", Files.readString(log))
            .isLessThan(LONGEST.toNanos());
      }
      pause();
    }
  }

  /** A little while, in which it must not end. */
  void pause() throws Exception {
    try {
      Process ended = process.onExit().get(100, TimeUnit.MILLISECONDS);
      throw new AssertionError(
          "prometheus ended with " + ended.exitValue() + ": " + Files.readString(log));
    } catch (TimeoutException e) {
      // As it should be.
    } catch (ExecutionException e) {
      throw new AssertionError(e);
    }
  }

  private HttpResponse<String> get(String path) throws IOException, InterruptedException {
    HttpRequest request = HttpRequest.newBuilder(URI.create(base + path)).timeout(LONGEST).build();
    return client.send(request, HttpResponse.BodyHandlers.ofString());
  }

  /** The values of the series that a query has now; those that are no numbers are left out. */
  List<Double> query(String query) throws IOException, InterruptedException {
    HttpResponse<String> response = get("/api/v1/query?query=" + URLEncoder.encode(query, UTF_8));
    assertThat(response.statusCode()).as("%s: %s", query, response.body()).isEqualTo(200);
    List<Double> values = new ArrayList<>();
    JsonNode data = Dashboards.JSON.readTree(response.body()).path("data");
    assertThat(data.path("resultType").asString()).as(query).isEqualTo("vector");
    for (JsonNode series : data.path("result")) {
      String value = series.path("value").path(1).asString();
      if (!value.equals("NaN")) {
        values.add(value.endsWith("Inf") ? Double.POSITIVE_INFINITY : Double.parseDouble(value));
      }
    }
    return values;
  }

  @Override
  public void close() {
    process.destroy();
    try {
      process.onExit().get(LONGEST.toSeconds(), TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    } catch (ExecutionException | TimeoutException e) {
      process.destroyForcibly();
    }
  }
}
