package io.evenkeel.lb.spring.cloud;

import static io.evenkeel.lb.spring.cloud.Apps.runner;
import static io.evenkeel.lb.spring.cloud.Apps.webClient;
import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.lb.spring.Backends;
import io.evenkeel.lb.spring.cloud.Apps.Client;
import io.evenkeel.lb.testkit.LogLines;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.mock.env.MockEnvironment;

/** Which of Spring Cloud LoadBalancer's properties mean something for Evenkeel. */
@Timeout(120)
class CloudSettingsTest {
  private static final String ZONES = "spring.cloud.loadbalancer.configurations=zone-preference";

  /** Two instances, the first one in zone a and the second in zone b. */
  private static String[] discovered(Backends backends, String... more) {
    return Stream.of(
            backends.asInstances("stock"),
            new String[] {
              Backends.instance("stock", 0, "metadata.zone=a"),
              Backends.instance("stock", 1, "metadata.zone=b")
            },
            more)
        .flatMap(Arrays::stream)
        .toArray(String[]::new);
  }

  /** The same two as endpoints of a service that Evenkeel knows. */
  private static String[] named(Backends backends, String... more) {
    return Stream.of(
            new String[] {
              "evenkeel.services.stock.endpoints="
                  + backends.address(0)
                  + " zone=a,"
                  + backends.address(1)
                  + " zone=b"
            },
            more)
        .flatMap(Arrays::stream)
        .toArray(String[]::new);
  }

  private static List<Integer> counts(Backends backends, String... properties) {
    List<Integer> counts = new ArrayList<>();
    runner(backends, properties)
        .run(
            context -> {
              assertThat(context).hasNotFailed();
              for (int i = 0; i < 20; i++) {
                Client.REST_CLIENT.get(context, "http://stock/1");
              }
            });
    backends.servers.forEach(server -> counts.add(server.getRequestCount()));
    return counts;
  }

  @Test
  void requestsStayInTheZone() throws Exception {
    String inB = "spring.cloud.loadbalancer.zone=b";
    try (Backends backends = Backends.of(2)) {
      assertThat(counts(backends, discovered(backends, ZONES, inB))).containsExactly(0, 20);
    }
    try (Backends backends = Backends.of(2)) {
      assertThat(counts(backends, named(backends, ZONES, inB))).containsExactly(0, 20);
    }
    try (Backends backends = Backends.of(2)) {
      assertThat(counts(backends, discovered(backends, inB))).doesNotContain(0);
    }
    try (Backends backends = Backends.of(2)) {
      assertThat(
              counts(
                  backends,
                  discovered(
                      backends,
                      ZONES,
                      inB,
                      "spring.cloud.loadbalancer.clients.stock.configurations=default")))
          .doesNotContain(0);
    }
  }

  @Test
  void ourPropertiesComeFirst() throws Exception {
    String inB = "spring.cloud.loadbalancer.zone=b";
    for (String ours :
        List.of("evenkeel.defaults.around.zone.", "evenkeel.services.stock.around.zone.")) {
      try (Backends backends = Backends.of(2)) {
        assertThat(
                counts(
                    backends, named(backends, ZONES, inB, ours + "name=a", ours + "min-nodes=1")))
            .containsExactly(20, 0);
      }
    }
    try (Backends backends = Backends.of(2)) {
      String ours = "evenkeel.defaults.around.zone.";
      assertThat(
              counts(
                  backends,
                  discovered(backends, ZONES, inB, ours + "name=a", ours + "min-nodes=1")))
          .containsExactly(20, 0);
    }
  }

  @Test
  void onlyASubsetIsUsed() throws Exception {
    String subset = "spring.cloud.loadbalancer.clients.stock.configurations=subset";
    String[] of = {
      subset,
      "spring.cloud.loadbalancer.clients.stock.subset.instance-id=me",
      "spring.cloud.loadbalancer.clients.stock.subset.size=1"
    };
    try (Backends backends = Backends.of(2)) {
      assertThat(counts(backends, discovered(backends, of))).containsExactlyInAnyOrder(0, 20);
    }
    try (Backends backends = Backends.of(2)) {
      assertThat(counts(backends, named(backends, of))).containsExactlyInAnyOrder(0, 20);
    }
  }

  @Test
  void aCookieSaysWhichInstanceIsMeant() throws Exception {
    try (Backends backends = Backends.of(2)) {
      runner(
              backends,
              named(
                  backends,
                  "spring.cloud.loadbalancer.configurations=request-based-sticky-session",
                  "spring.cloud.loadbalancer.sticky-session.instance-id-cookie-name=at"))
          .run(
              context -> {
                for (int i = 0; i < 20; i++) {
                  webClient(context)
                      .get()
                      .uri("http://stock/")
                      .cookie("at", backends.address(1))
                      .retrieve()
                      .toBodilessEntity()
                      .block();
                }
                assertThat(backends.servers.get(1).getRequestCount()).isEqualTo(20);
                for (int i = 0; i < 20; i++) {
                  webClient(context)
                      .get()
                      .uri("http://stock/")
                      .cookie("at", "10.0.0.1:80")
                      .retrieve()
                      .toBodilessEntity()
                      .block();
                }
                assertThat(backends.servers.get(0).getRequestCount()).isPositive();
              });
    }
  }

  @ParameterizedTest
  @CsvSource({
    "configurations=api-version,configurations=api-version",
    "configurations=same-instance-preference,configurations=same-instance-preference",
    "clients.[a.b].configurations=api-version,clients.[a.b].configurations=api-version",
    "clients.stock.hint.default=x,clients.stock.hint",
    "hint.default=x,hint",
    "cache.ttl=3s,cache",
    "service-discovery.timeout=3s,service-discovery",
    "clients.orders.configurations=health-check,configurations=health-check for orders",
    "clients.stock.configurations=health-check,",
    "configurations=zone-preference,",
    "retry.enabled=true,",
    "zone=a,"
  })
  void whatHasNoMeaningIsNamed(String property, @Nullable String named) {
    MockEnvironment environment = new MockEnvironment();
    String[] pair = property.split("=", 2);
    environment.setProperty(CloudSettings.PREFIX + pair[0], pair[1]);
    List<String> ignored = IgnoredSettings.of(environment, Set.of("orders"));
    if (named == null) {
      assertThat(ignored).isEmpty();
    } else {
      assertThat(ignored).containsExactly(CloudSettings.PREFIX + named);
    }
  }

  @Test
  void whatHasNoMeaningIsLoggedOnce() throws Exception {
    List<String> lines;
    try (LogLines log = LogLines.of("io.evenkeel.lb.spring.cloud");
        Backends backends = Backends.of(2)) {
      counts(backends, named(backends, "spring.cloud.loadbalancer.hint.default=x"));
      lines = log.lines();
    }
    assertThat(lines)
        .containsExactly(
            "not honoured, since Evenkeel chooses instances: spring.cloud.loadbalancer.hint");
  }
}
