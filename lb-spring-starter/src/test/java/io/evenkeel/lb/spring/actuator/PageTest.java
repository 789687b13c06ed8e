package io.evenkeel.lb.spring.actuator;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.lb.health.HealthState;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.boot.WebApplicationType;

/** The page on both kinds of web server, by its requests and answers. */
@Timeout(180)
class PageTest {
  private static final String BASE = "/actuator/loadbalancers";
  private static final String ORDERS =
      "evenkeel.services.orders.endpoints=127.0.0.1:1,127.0.0.1:2,127.0.0.1:3";
  private static final String WRITES = "evenkeel.actuator.writes=true";
  private static final String DRAIN =
      """
      {"service":"orders","endpoint":"127.0.0.1:1","action":"drain","reason":"new disk"}""";

  private static String read(Site site, String path) throws Exception {
    HttpResponse<String> answer = site.get(path);
    assertThat(answer.statusCode()).as(path).isEqualTo(200);
    return answer.body();
  }

  private static HttpRequest.Builder order(Site site, String body) {
    return site.request(BASE + "/ui/order")
        .header("Content-Type", "application/json")
        .header("X-Evenkeel", "1")
        .POST(HttpRequest.BodyPublishers.ofString(body));
  }

  private static HealthState state(Site site) {
    return site.health().endpoints("orders").get(0).state();
  }

  private static void assertRefused(Site site, HttpRequest.Builder request, int status)
      throws Exception {
    HttpResponse<String> answer = site.send(request);
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
    assertThat(state(site)).isEqualTo(HealthState.UP);
  }

  @ParameterizedTest
  @EnumSource(names = {"SERVLET", "REACTIVE"})
  void theEndpointIsRead(WebApplicationType stack) throws Exception {
    // Whatever the application's own JSON looks like.
    String snakes = "spring.jackson.property-naming-strategy=SNAKE_CASE";
    try (Site site = Site.of(stack, ORDERS, snakes, "evenkeel.services.ui.endpoints=127.0.0.1:4")) {
      assertThat(read(site, BASE)).contains("\"name\":\"orders\"", "\"endpointsTotal\":3");
      assertThat(read(site, BASE + "/orders"))
          .contains("\"id\":\"127.0.0.1:3\"", "\"state\":\"up\"", "\"attemptsLeft\":")
          .doesNotContain(":null");
      assertThat(read(site, BASE + "/orders?key=alice")).contains("\"choices\":[{\"endpoint\":");
      assertThat(site.get(BASE + "/nobody").statusCode()).isEqualTo(404);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"SERVLET", "REACTIVE"})
  void filesHaveStrictHeaders(WebApplicationType stack) throws Exception {
    try (Site site = Site.of(stack, ORDERS)) {
      for (String path : List.of("/ui", "/ui/page.js", "/ui/page.css", "/ui/events")) {
        HttpRequest.Builder request = site.request(BASE + path);
        HttpResponse<InputStream> answer =
            java.net.http.HttpClient.newHttpClient()
                .send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
        assertThat(answer.statusCode()).as(path).isEqualTo(200);
        assertThat(answer.headers().firstValue("Content-Security-Policy"))
            .hasValue(
                "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"
                    + " img-src 'self' data:; frame-ancestors 'none'; base-uri 'none';"
                    + " form-action 'none'");
        assertThat(answer.headers().firstValue("X-Content-Type-Options")).hasValue("nosniff");
        assertThat(answer.headers().firstValue("Cache-Control")).hasValue("no-store");
        assertThat(answer.headers().firstValue("Content-Type").orElseThrow())
            .startsWith("text/")
            .containsIgnoringCase("charset=UTF-8");
        answer.body().close();
      }
      assertThat(site.get(BASE + "/ui/page.html").statusCode()).isEqualTo(404);
      assertThat(site.get(BASE + "/ui/../ui/Page.class").statusCode()).isGreaterThanOrEqualTo(400);
      for (String path : List.of("/ui", "/ui/page.js", "/ui/events")) {
        HttpResponse<String> answer =
            site.send(site.request(BASE + path).POST(HttpRequest.BodyPublishers.noBody()));
        assertThat(answer.statusCode()).as(path).isEqualTo(405);
        assertThat(answer.headers().firstValue("Allow").orElseThrow()).startsWith("GET");
      }
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"SERVLET", "REACTIVE"})
  void thePageIsWhereTheEndpointIs(WebApplicationType stack) throws Exception {
    try (Site site =
        Site.of(
            stack,
            ORDERS,
            "management.endpoints.web.base-path=/manage",
            "management.endpoints.web.path-mapping.loadbalancers=lb")) {
      assertThat(read(site, "/manage/lb/ui")).contains("<title>Load balancers</title>");
      assertThat(read(site, "/manage/lb/ui/page.js")).contains("textContent");
      assertThat(site.get(BASE + "/ui").statusCode()).isEqualTo(404);
    }
    try (Site site =
        Site.of(
            stack,
            ORDERS,
            "management.server.port=0",
            // Tests have two reactive servers on the class path.
            "spring.main.allow-bean-definition-overriding=true",
            "management.server.address=127.0.0.1")) {
      assertThat(site.get(BASE + "/ui").statusCode()).isEqualTo(404);
      HttpResponse<String> answer =
          site.send(HttpRequest.newBuilder(URI.create(site.managementUrl(BASE + "/ui"))));
      assertThat(answer.statusCode()).isEqualTo(200);
      assertThat(answer.body()).contains("<title>Load balancers</title>");
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"SERVLET", "REACTIVE"})
  void whereTheEndpointIsNotThePageIsNot(WebApplicationType stack) throws Exception {
    for (String none :
        List.of(
            "management.endpoints.web.exposure.include=health",
            "management.endpoint.loadbalancers.access=none")) {
      try (Site site = Site.of(stack, ORDERS, WRITES, none)) {
        assertThat(site.get(BASE).statusCode()).isEqualTo(404);
        assertThat(site.get(BASE + "/ui").statusCode()).isEqualTo(404);
        assertThat(site.get(BASE + "/ui/events").statusCode()).isEqualTo(404);
        assertThat(site.send(order(site, DRAIN)).statusCode()).isEqualTo(404);
        assertThat(state(site)).isEqualTo(HealthState.UP);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"SERVLET", "REACTIVE"})
  void ordersAreTakenWhereTheyAreSwitchedOn(WebApplicationType stack) throws Exception {
    try (Site site = Site.of(stack, ORDERS, WRITES)) {
      String weigh = DRAIN.replace("drain", "weigh").replace("}", ",\"sharePercent\":25}");
      assertThat(site.send(order(site, weigh)).statusCode()).isEqualTo(200);
      assertThat(site.health().endpoints("orders").get(0).share()).isEqualTo(0.25);

      HttpResponse<String> answer = site.send(order(site, DRAIN));
      assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
      assertThat(answer.body()).isEqualTo("127.0.0.1:1 of orders is drained.");
      assertThat(state(site)).isEqualTo(HealthState.DRAINING);
      assertThat(site.health().endpoints("orders").get(0).why()).isEqualTo("by the page: new disk");

      String enable = DRAIN.replace("drain", "enable");
      assertThat(site.send(order(site, enable)).statusCode()).isEqualTo(200);
      assertThat(state(site).isInService()).isTrue();

      String disable = DRAIN.replace("drain", "disable").replace("}", ",\"limitSeconds\":60}");
      HttpRequest.Builder sameOrigin = order(site, disable).header("Origin", site.url(""));
      assertThat(site.send(sameOrigin).statusCode()).isEqualTo(200);
      assertThat(state(site)).isEqualTo(HealthState.DISABLED);
      assertThat(site.health().endpoints("orders").get(0).why())
          .isEqualTo("by the page: new disk (for 60 s)");
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"SERVLET", "REACTIVE"})
  void whatIsNotAnOrderOfThisPageIsRefused(WebApplicationType stack) throws Exception {
    try (Site site = Site.of(stack, ORDERS, WRITES)) {
      for (String method : List.of("GET", "HEAD", "PUT", "DELETE", "OPTIONS")) {
        assertRefused(
            site,
            order(site, DRAIN).method(method, HttpRequest.BodyPublishers.ofString(DRAIN)),
            405);
      }
      for (String path : List.of(BASE, BASE + "/orders", BASE + "/ui")) {
        int status =
            site.send(
                    site.request(path)
                        .header("Content-Type", "application/json")
                        .header("X-Evenkeel", "1")
                        .POST(HttpRequest.BodyPublishers.ofString(DRAIN)))
                .statusCode();
        assertThat(status).isEqualTo(405);
      }
      for (String type :
          List.of(
              "text/plain",
              "application/x-www-form-urlencoded",
              "multipart/form-data; boundary=x",
              "application/jsonx")) {
        assertRefused(site, order(site, DRAIN).setHeader("Content-Type", type), 415);
      }
      assertRefused(site, order(site, DRAIN).setHeader("X-Evenkeel", "0"), 403);
      assertRefused(
          site,
          site.request(BASE + "/ui/order")
              .header("Content-Type", "application/json")
              .POST(HttpRequest.BodyPublishers.ofString(DRAIN)),
          403);
      for (String origin : List.of("http://evil.example", "null", "http://127.0.0.1:1", "")) {
        assertRefused(site, order(site, DRAIN).header("Origin", origin), 403);
      }
      for (String from : List.of("cross-site", "same-site")) {
        assertRefused(
            site,
            order(site, DRAIN).header("Sec-Fetch-Site", from).header("Origin", site.url("")),
            403);
      }
      for (String bad :
          List.of(
              "",
              "null",
              "[]",
              "{",
              DRAIN.replace("drain", "explode"),
              DRAIN.replace("new disk", " "),
              DRAIN.replace("new disk", "x".repeat(300)),
              DRAIN.replace("drain", "weigh"),
              DRAIN.replace("drain", "weigh").replace("}", ",\"sharePercent\":101}"),
              DRAIN.replace("}", ",\"limitSeconds\":-1}"),
              DRAIN.replace("}", ",\"limitSeconds\":9223372036854775807}"),
              DRAIN.replace("}", ",\"more\":1}"))) {
        assertRefused(site, order(site, bad), 400);
      }
      assertRefused(site, order(site, DRAIN.replace("0.1:1", "0.1:9")), 404);
      assertRefused(site, order(site, DRAIN.replace("orders", "users")), 404);
      assertRefused(site, order(site, "[" + " ".repeat(20_000) + "]"), 413);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"SERVLET", "REACTIVE"})
  void withoutBothSwitchesNoOrderIsTaken(WebApplicationType stack) throws Exception {
    for (String off :
        List.of(
            "evenkeel.actuator.writes=false",
            "management.endpoint.loadbalancers.access=read-only",
            "management.endpoints.access.max-permitted=read-only")) {
      try (Site site = Site.of(stack, ORDERS, WRITES, off)) {
        assertRefused(site, order(site, DRAIN), 403);
        assertThat(site.get(BASE + "/ui").statusCode()).isEqualTo(200);
      }
    }
    try (Site site = Site.of(stack, ORDERS)) {
      assertRefused(site, order(site, DRAIN), 403);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"SERVLET", "REACTIVE"})
  void pagesOfAnotherOriginCannotWatch(WebApplicationType stack) throws Exception {
    try (Site site = Site.of(stack, ORDERS)) {
      HttpResponse<String> answer =
          site.send(site.request(BASE + "/ui/events").header("Sec-Fetch-Site", "cross-site"));
      assertThat(answer.statusCode()).isEqualTo(403);
      assertThat(site.viewers().size()).isZero();
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"SERVLET", "REACTIVE"})
  void sixteenMayWatchAndNobodyIsWatchedFor(WebApplicationType stack) throws Exception {
    try (Site site = Site.of(stack, ORDERS)) {
      List<InputStream> streams = new ArrayList<>();
      for (int i = 0; i < Viewers.MOST; i++) {
        HttpResponse<InputStream> answer = site.watch();
        assertThat(answer.statusCode()).isEqualTo(200);
        streams.add(answer.body());
      }
      HttpResponse<String> refused = site.get(BASE + "/ui/events");
      assertThat(refused.statusCode()).isEqualTo(503);
      assertThat(refused.body()).startsWith("There are 16 viewers already");
      assertThat(samplers()).isEqualTo(1);
      streams.remove(0).close();
      Site.eventually("one is gone", () -> site.viewers().size() == 15);
      HttpResponse<InputStream> next = site.watch();
      assertThat(next.statusCode()).isEqualTo(200);
      streams.add(next.body());
      for (InputStream stream : streams) {
        stream.close();
      }
      Site.eventually("all are gone", () -> site.viewers().size() == 0);
      Site.eventually("nobody looks", () -> samplers() == 0);
    }
  }

  private static long samplers() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(each -> each.getName().equals("evenkeel-page"))
        .count();
  }

  @ParameterizedTest
  @EnumSource(names = {"SERVLET", "REACTIVE"})
  void viewersSeeChangesAndAreSentAwayAtShutdown(WebApplicationType stack) throws Exception {
    CompletableFuture<String> ended = new CompletableFuture<>();
    try (Site site =
        Site.of(
            stack,
            ORDERS,
            "server.shutdown=graceful",
            "spring.lifecycle.timeout-per-shutdown-phase=1h")) {
      InputStream stream = site.watch().body();
      BufferedReader lines = new BufferedReader(new InputStreamReader(stream, UTF_8));
      assertThat(lines.readLine()).isEqualTo("event: whole");
      assertThat(lines.readLine()).startsWith("data: {").contains("\"id\":\"127.0.0.1:1\"");
      site.health()
          .disable("orders", "127.0.0.1:1", io.evenkeel.lb.health.Order.by("ann", "new disk"));
      String line = requireNonNull(lines.readLine());
      while (!line.contains("\"state\":\"disabled\"")) {
        line = requireNonNull(lines.readLine());
      }
      assertThat(line)
          .startsWith("data: {")
          .contains("\"id\":\"127.0.0.1:1\"", "\"complete\":false");
      var unused =
          CompletableFuture.runAsync(
              () -> {
                try {
                  lines.lines().forEach(each -> {});
                  ended.complete("ended");
                } catch (RuntimeException e) {
                  ended.complete("broken");
                }
              });
    }
    assertThat(ended.get(60, TimeUnit.SECONDS)).isEqualTo("ended");
  }

  @Test
  void noScriptMakesElementsOfText() throws IOException {
    Pattern forbidden =
        Pattern.compile(
            "innerHTML|outerHTML|insertAdjacentHTML|document\\.write|\\beval\\b|new Function"
                + "|DOMParser|createContextualFragment|setAttribute\\(\\s*['\"]on|javascript:|srcdoc"
                + "|https?://(?!www\\.w3\\.org/2000/svg)");
    for (String name : List.of("page.js", "page.html", "page.css")) {
      String text = Reply.file(name, "").body();
      assertThat(
              forbidden.matcher(text.replace("`${endpoint.secure ? 'https://' : ''}", "")).find())
          .as(name)
          .isFalse();
      assertThat(text).as(name).doesNotContain(" style=\"", " onclick", "<script>", "<style");
    }
  }
}
