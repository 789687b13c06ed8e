package io.evenkeel.lb.spring.aot;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import mockwebserver3.Dispatcher;
import mockwebserver3.MockResponse;
import mockwebserver3.MockWebServer;
import mockwebserver3.RecordedRequest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.SpringApplicationAotProcessor;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What Spring makes of the starter before a native image is built from it: code instead of
 * annotations, which runs on a JVM as well, and a list of what is done by reflection.
 */
@Timeout(300)
class AheadOfTimeTest {
  private static final String SERVICE = "evenkeel.services.orders.";

  @TempDir static Path made;

  private final List<MockWebServer> servers = new ArrayList<>();

  @BeforeAll
  static void processAndCompile() throws Exception {
    try (Program processor =
        Program.start(
            SpringApplicationAotProcessor.class.getName(),
            List.of(),
            classPath(),
            ProcessedApplication.class.getName(),
            made.resolve("sources").toString(),
            made.resolve("resources").toString(),
            made.resolve("classes").toString(),
            "io.evenkeel",
            "processed")) {
      assertThat(processor.exitCode()).as(processor.output()).isZero();
    }
    compile();
  }

  private static void compile() throws IOException {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    try (StandardJavaFileManager files =
            compiler.getStandardFileManager(null, null, StandardCharsets.UTF_8);
        Stream<Path> sources = Files.walk(made.resolve("sources"))) {
      List<Path> all = sources.filter(each -> each.toString().endsWith(".java")).toList();
      List<String> options =
          List.of(
              "-nowarn",
              "-proc:none",
              "-cp",
              path(made.resolve("classes"), classPath()),
              "-d",
              made.resolve("classes").toString());
      assertThat(
              compiler
                  .getTask(null, files, null, options, null, files.getJavaFileObjectsFromPaths(all))
                  .call())
          .isTrue();
    }
  }

  private static String classPath() {
    return System.getProperty("java.class.path");
  }

  private static String path(Object... parts) {
    return String.join(
        File.pathSeparator, Arrays.stream(parts).map(Object::toString).toArray(String[]::new));
  }

  private static Program run(String... properties) throws IOException {
    return Program.start(
        ProcessedApplication.class.getName(),
        List.of("-Dspring.aot.enabled=true"),
        path(made.resolve("classes"), made.resolve("resources"), classPath()),
        Arrays.stream(properties).map(each -> "--" + each).toArray(String[]::new));
  }

  @AfterEach
  void closeServers() {
    servers.forEach(MockWebServer::close);
  }

  private String server() throws IOException {
    MockWebServer server = new MockWebServer();
    server.setDispatcher(
        new Dispatcher() {
          @Override
          public MockResponse dispatch(RecordedRequest request) {
            return new MockResponse.Builder().body("answer to " + request.getTarget()).build();
          }
        });
    server.start();
    servers.add(server);
    return "127.0.0.1:" + server.getPort();
  }

  @Test
  void theApplicationServesAndIsSetUpAsItsPropertiesSay() throws Exception {
    String endpoints = server() + "," + server();
    try (Program application =
        run(
            SERVICE + "endpoints=" + endpoints,
            SERVICE + "strategy=inTurn",
            SERVICE + "failover.deadline=34567ms",
            SERVICE + "failover.resilience4j.time-limiter=brief",
            "resilience4j.timelimiter.instances.brief.timeout-duration=30s",
            "spring.cloud.discovery.client.simple.instances.prices[0].uri=http://" + server())) {
      String url = "http://127.0.0.1:" + application.awaitLine(ProcessedApplication.READY);
      for (String client : List.of("rest-client", "web-client", "interface", "cloud")) {
        for (int i = 0; i < 4; i++) {
          assertThat(get(url + '/' + client + "/17")).as(client).isEqualTo("answer to /17");
        }
      }
      assertThat(servers).allSatisfy(server -> assertThat(server.getRequestCount()).isPositive());
      JsonNode orders = JsonMapper.shared().readTree(get(url + "/actuator/loadbalancers/orders"));
      assertThat(orders.at("/strategy").asString()).startsWith("RoundRobin");
      assertThat(orders.at("/calls/deadlineMillis").asLong()).isEqualTo(34_567);
      assertThat(orders.at("/endpoints")).hasSize(2);
      assertThat(get(url + "/actuator/loadbalancers/ui")).contains("<html");
      assertThat(get(url + "/actuator/loadbalancers/ui/page.js")).contains("textContent");
      assertThat(firstLine(url + "/actuator/loadbalancers/ui/events")).isEqualTo("event: whole");
      assertThat(get(url + "/actuator/metrics/lb.calls?tag=balancer:orders")).contains("COUNT");
    }
  }

  /** The defaults say something of the group as well, so that it is looked for who said this. */
  @Test
  void aPropertyThatCannotBeUsedIsNamed() throws Exception {
    try (Program application =
        run(
            SERVICE + "endpoints=127.0.0.1:1",
            SERVICE + "failover.budget.share=7",
            "evenkeel.defaults.failover.budget.window=7s")) {
      assertThat(application.exitCode()).isEqualTo(1);
      assertThat(application.output()).contains(SERVICE + "failover.budget.share: 7.0 (expected: ");
    }
  }

  /** What native images go by. */
  @Test
  void whatIsDoneByReflectionIsListed() throws IOException {
    JsonNode list =
        JsonMapper.shared()
            .readTree(
                made.resolve(
                    "resources/META-INF/native-image/io.evenkeel/processed/reachability-metadata.json"));
    assertThat(texts(list.at("/reflection"), "type"))
        .contains(
            "io.evenkeel.lb.okhttp.OkHttpHealthProbe",
            "io.evenkeel.lb.spring.FailoverProperties$Budget",
            "io.evenkeel.lb.spring.actuator.Frame$Whole",
            "io.evenkeel.lb.spring.actuator.LoadBalancersEndpoint$All",
            "io.evenkeel.lb.spring.actuator.Seeds$Seed",
            "io.evenkeel.lb.spring.SettingFailureAnalyzer");
    assertThat(texts(list.at("/resources"), "glob"))
        .contains("io/evenkeel/lb/spring/actuator/page.*");
  }

  private static List<String> texts(JsonNode list, String name) {
    return StreamSupport.stream(list.spliterator(), false)
        .map(each -> each.at("/" + name).asString(""))
        .toList();
  }

  private static String get(String url) throws IOException, InterruptedException {
    HttpResponse<String> response =
        HttpClient.newHttpClient()
            .send(
                HttpRequest.newBuilder(URI.create(url)).build(),
                HttpResponse.BodyHandlers.ofString());
    assertThat(response.statusCode()).as(url + ": " + response.body()).isEqualTo(200);
    return response.body();
  }

  private static String firstLine(String url) throws IOException, InterruptedException {
    try (InputStream events =
        HttpClient.newHttpClient()
            .send(
                HttpRequest.newBuilder(URI.create(url)).build(),
                HttpResponse.BodyHandlers.ofInputStream())
            .body()) {
      StringBuilder line = new StringBuilder();
      for (int c = events.read(); c >= 0 && c != '\n'; c = events.read()) {
        line.append((char) c);
      }
      return line.toString();
    }
  }
}
