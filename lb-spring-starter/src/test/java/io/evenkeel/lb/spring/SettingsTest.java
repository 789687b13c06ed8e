package io.evenkeel.lb.spring;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.EndpointSource;
import io.evenkeel.lb.Lease;
import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.RequestContext;
import io.evenkeel.lb.Strategy;
import io.evenkeel.lb.failover.ClientThrottle;
import io.evenkeel.lb.failover.Failover;
import io.evenkeel.lb.failover.Hedging;
import io.evenkeel.lb.failover.RetryBudget;
import io.evenkeel.lb.failover.gate.AdaptiveLimits;
import io.evenkeel.lb.failover.gate.Breakers;
import io.evenkeel.lb.failover.gate.Vegas;
import io.evenkeel.lb.health.Health;
import io.evenkeel.lb.health.HealthRegistry;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Enumeration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvFileSource;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.diagnostics.FailureAnalyzer;
import org.springframework.core.env.Environment;
import org.springframework.core.io.support.SpringFactoriesLoader;
import org.springframework.core.io.support.SpringFactoriesLoader.ArgumentResolver;
import org.springframework.core.io.support.SpringFactoriesLoader.FailureHandler;
import org.springframework.mock.env.MockEnvironment;

/** What properties do, and what is said of those that cannot be used. */
class SettingsTest {
  private static final String ORDERS = "evenkeel.services.orders.";

  /**
   * Each setting, what shows that it was used (or after !, what does not show any more), and a
   * value that is refused; with another setting, after + if neither can be alone.
   */
  @ParameterizedTest(name = "{0}")
  @CsvFileSource(resources = "/settings.csv", delimiter = '|', numLinesToSkip = 1)
  void aSettingIsUsedAndOneOutOfRangeIsNamed(
      String name, String value, String shown, @Nullable String refused, @Nullable String beside) {
    boolean together = beside != null && beside.startsWith("+");
    String with = together ? requireNonNull(beside).substring(1) : beside;
    String without = text(settings(together ? null : with));
    String set = text(settings(with, name + "=" + value));
    if (shown.startsWith("!")) {
      assertThat(without).contains(shown.substring(1));
      assertThat(set).doesNotContain(shown.substring(1));
    } else {
      assertThat(without).doesNotContain(shown);
      assertThat(set).contains(shown);
    }
    if (refused != null) {
      for (String place : new String[] {ORDERS, "evenkeel.defaults."}) {
        assertThatThrownBy(() -> bound(place, settings(with, name + "=" + refused)))
            .isInstanceOfSatisfying(
                SettingException.class,
                e -> {
                  assertThat(e.property()).isEqualTo(place + name);
                  assertThat(e.expected()).isNotBlank();
                });
      }
    }
  }

  private static String[] settings(@Nullable String with, String... more) {
    return Stream.concat(Stream.ofNullable(with), Stream.of(more)).toArray(String[]::new);
  }

  /** Without any setting, services are as the library makes them. */
  @Test
  void whatIsNotSetIsAsInTheLibrary() {
    try (Balancer balancer =
        Balancer.builder("orders")
            .source(EndpointSource.of(Endpoint.of("10.0.0.1", 8080), Endpoint.of("10.0.0.2", 8080)))
            .health(Health.ofDefaults())
            .build()) {
      assertThat(text()).isEqualTo(Failover.of(balancer).toString());
    }
  }

  /** What is set to what it is by default changes nothing, nor what is by default beside it. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          health.refusals-in-a-row=2           |
          health.failures-in-a-row=5           |
          health.failure-ratio.threshold=0.1   |
          health.failure-ratio.volume=5        |
          health.success-rate.deviations=1.9   |
          health.success-rate.volume=100       |
          health.latency.factor=10             |
          health.latency.floor=500ms           |
          health.ejection.base=30s             |
          health.ejection.cap=5m               |
          failover.attempts=3                  |
          failover.backoff.base=25ms           |
          failover.backoff.cap=250ms           |
          failover.backoff.jitter=full         |
          failover.budget.type=rate            |
          failover.budget.share=0.2            |
          failover.budget.window=10s           |
          failover.hedging.share=0.025         | failover.hedging.enabled=true
          failover.throttle.factor=2           | failover.throttle.enabled=true
          failover.throttle.window=2m          | failover.throttle.enabled=true
          failover.breaker.open-for=2s         | failover.breaker.enabled=true
          failover.breaker.longest-open=30s    | failover.breaker.enabled=true
          failover.limits.least=20             | failover.limits.enabled=true
          failover.limits.most=200             | failover.limits.enabled=true
          """)
  void aDefaultThatIsSetChangesNothing(String setting, @Nullable String with) {
    assertThat(text(settings(with, setting))).isEqualTo(text(settings(with)));
  }

  /** What is switched on has the library's defaults. */
  @Test
  void whatIsSwitchedOnIsAsInTheLibrary() {
    assertThat(text("failover.hedging.enabled=true")).contains(Hedging.ofDefaults().toString());
    assertThat(text("failover.throttle.enabled=true"))
        .contains(ClientThrottle.ofDefaults().toString());
    assertThat(text("failover.breaker.enabled=true")).contains(Breakers.ofDefaults().toString());
    assertThat(text("failover.limits.enabled=true"))
        .contains(AdaptiveLimits.ofDefaults().toString());
    assertThat(text("failover.limits.algorithm=vegas"))
        .contains(AdaptiveLimits.of(Vegas.of()).toString());
    assertThat(text("failover.budget.type=tokens"))
        .contains(RetryBudget.ofTokens(10, 0.1).toString());
  }

  /** A service in words. */
  private static String text(String... settings) {
    try (LoadBalancers balancers = bound(ORDERS, settings)) {
      return balancers.failover("orders").toString();
    }
  }

  /** As an application context would have it, but in a hundredth of the time. */
  private static LoadBalancers bound(String place, String... settings) {
    Map<String, String> properties = new HashMap<>();
    properties.put(ORDERS + "endpoints", "10.0.0.1:8080,10.0.0.2:8080");
    for (String setting : settings) {
      int equals = setting.indexOf('=');
      properties.put(place + setting.substring(0, equals), setting.substring(equals + 1));
    }
    EvenkeelProperties bound =
        new Binder(new MapConfigurationPropertySource(properties))
            .bind("evenkeel", EvenkeelProperties.class)
            .get();
    return new LoadBalancers(
        bound,
        () -> bound,
        Set.of(),
        new ServiceBuilder(
            new Sources(Map.of(), null),
            new Strategies(Map.of()),
            new Judges(HealthRegistry.create(), SettingsTest.class.getClassLoader()),
            new Registries(RegistriesTest.registries()),
            List.of(),
            List.of()),
        event -> {});
  }

  /** Both say something of the group. */
  @ParameterizedTest
  @CsvSource({
    "evenkeel.defaults.failover.budget., " + ORDERS + "failover.budget.",
    ORDERS + "failover.budget., evenkeel.defaults.failover.budget."
  })
  void whoHasSetWhatIsRefusedIsNamed(String guilty, String other) {
    Contexts.orders(guilty + "share=7", other + "window=7s")
        .run(
            context ->
                assertThat(root(context.getStartupFailure()))
                    .isInstanceOf(SettingException.class)
                    .hasMessageStartingWith(guilty + "share: 7.0 (expected: "));
  }

  @Test
  void allThatGoesAroundAStrategyGoesAroundItTogether() {
    assertThat(
            text(
                "strategy=maglev",
                "around.bounded-load=1.5",
                "around.subset.client=me",
                "around.subset.size=2",
                "around.zone.name=a",
                "around.tiers.enabled=true",
                "around.slow-start.window=7s",
                "around.sessions.enabled=true"))
        .containsSubsequence(
            "StickySessions[",
            "SlowStart[",
            "PriorityTiers[",
            "ZoneAware[",
            "Subset[",
            "BoundedLoad[",
            "Maglev[");
  }

  @Test
  void theShardKeySaysWhatJumpHashGoesBy() {
    String shards = "endpoints=10.0.0.1:8080 n=0 m=1,10.0.0.2:8080 n=1 m=0";
    String strategy = "strategy=jump-hash";
    try (LoadBalancers one = bound(ORDERS, shards, strategy, "strategy-options.shard-key=n");
        LoadBalancers turned = bound(ORDERS, shards, strategy, "strategy-options.shard-key=m")) {
      for (long key = 1; key <= 10; key++) {
        assertThat(chosen(one, key)).isNotEqualTo(chosen(turned, key));
      }
    }
  }

  private static Endpoint chosen(LoadBalancers balancers, long key) {
    RequestContext context =
        new RequestContext() {
          @Override
          public long affinity() {
            return key;
          }
        };
    Lease lease = balancers.balancer("orders").lease(context);
    lease.end(Outcome.SUCCESS);
    return lease.endpoint();
  }

  /** So that no setting is forgotten here. */
  @Test
  void everySettingOfAServiceIsInTheTable() throws IOException {
    Set<String> known = new TreeSet<>();
    for (String metadata : resources("META-INF/spring-configuration-metadata.json")) {
      Matcher names =
          Pattern.compile(
                  "\"name\": \"evenkeel.defaults\\.([^\"]+)\",\\s+\"type\": \"([^\"]+)\",\\s+\"desc")
              .matcher(metadata);
      while (names.find()) {
        known.add(names.group(1));
      }
    }
    Set<String> tested = new TreeSet<>();
    for (String table : resources("settings.csv")) {
      table.lines().skip(1).map(line -> line.substring(0, line.indexOf('|'))).forEach(tested::add);
    }
    tested.addAll(
        Set.of(
            "endpoints",
            "strategy-options.shard-key",
            "service-id",
            "addresses",
            "dns",
            "file",
            "affinity.header",
            "affinity.cookie",
            "affinity.seed",
            "failover.deadline-header"));
    known.removeIf(name -> tested.stream().anyMatch(each -> each.startsWith(name + ".")));
    assertThat(tested).containsAll(known);
    assertThat(known).hasSizeGreaterThan(50);
  }

  @Test
  void everyStrategyIsAHint() throws IOException {
    String hints =
        resources("META-INF/additional-spring-configuration-metadata.json").iterator().next();
    Contexts.orders(ORDERS + "strategy=?")
        .run(
            context -> {
              String expected = ((SettingException) root(context.getStartupFailure())).expected();
              Matcher names = Pattern.compile("one of (.*), or the name").matcher(expected);
              assertThat(names.find()).isTrue();
              for (String name : names.group(1).split(", ", -1)) {
                assertThat(hints).contains("\"value\": \"" + name + "\"");
              }
            });
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          strategy=least-request      | strategy                 | "least-request"  | Did you mean "least-requests"?
          strategy=sharpest           | strategy                 | "sharpest"       | to one of these
          strategy=min                | strategy                 | "min"            | Did you mean "mine"?
          strategy-options.slots=251  | strategy-options.slots   | 251              | as expected
          endpoints[1]=a:1:1          | endpoints[1]             | "a:1:1"          | as expected
          endpoints[1]=ftp://a        | endpoints[1]             | "ftp://a"        | as expected
          endpoints[1]=http://a/b     | endpoints[1]             | "http://a/b"     | as expected
          endpoints[1]=a:1 weight=x   | endpoints[1]             | "a:1 weight=x"   | as expected
          endpoints[1]=a:1 weight=-1  | endpoints[1]             | "a:1 weight=-1"  | as expected
          endpoints[1]=a:1 zone=a zone=b | endpoints[1]          | "a:1 zone=a zone=b" | as expected
          dns=a:80                    | endpoints                | "endpoints and dns" | as expected
          file=a.txt                  | endpoints                | "endpoints and file" | as expected
          dns=a                       | dns                      | "a"              | as expected
          dns=a:0                     | dns                      | "a:0"            | as expected
          affinity.header=X Id        | affinity.header          | "X Id"           | as expected
          affinity.cookie=a;b         | affinity.cookie          | "a;b"            | as expected
          around.subset.size=3        | around.subset.client     | not set          | as expected
          around.zone.min-nodes=3     | around.zone.name         | not set          | as expected
          """)
  void whatIsWrongIsNamedWithItsValueAndWhatToDo(
      String setting, String property, String value, String action) {
    Contexts.runner(ORDERS + "endpoints[0]=10.0.0.1:1", ORDERS + setting)
        .withBean("mine", Strategy.class, io.evenkeel.lb.strategy.RoundRobin::of)
        .run(
            context -> {
              FailureAnalysis analysis = analysis(context.getStartupFailure());
              assertThat(analysis.getDescription())
                  .contains("Property: " + ORDERS + property + "\n", "Value: " + value + "\n")
                  .contains("Expected: ");
              assertThat(analysis.getAction()).contains(action);
            });
  }

  @Test
  void theNameOfAHeaderIsChecked() {
    assertThatThrownBy(() -> bound(ORDERS, "failover.deadline-header=X Deadline"))
        .hasMessageStartingWith(
            ORDERS + "failover.deadline-header: \"X Deadline\" (expected: letters, digits, and");
  }

  @Test
  void theOriginOfAnElementIsThatOfItsList() {
    MockEnvironment environment = new MockEnvironment();
    environment.setProperty(ORDERS + "endpoints", "10.0.0.1:8080,10.0.0.2");
    SettingException refused = SettingException.of(ORDERS + "endpoints[1]", "10.0.0.2", "a port");
    assertThat(analysis(refused, environment).getDescription())
        .contains("Origin: \"" + ORDERS + "endpoints\" from property source");
  }

  @Test
  void theOriginIsShown() {
    MockEnvironment environment = new MockEnvironment();
    environment.setProperty(ORDERS + "failover.deadline", "0s");
    SettingException refused = SettingException.of(ORDERS + "failover.deadline", "0s", "> 0s");
    assertThat(analysis(refused, environment).getDescription())
        .contains("Origin: \"" + ORDERS + "failover.deadline\" from property source");
  }

  @Test
  void aServiceWithoutEndpointsIsNamed() {
    Contexts.runner(ORDERS + "strategy=maglev")
        .run(
            context ->
                assertThat(root(context.getStartupFailure()))
                    .hasMessage(
                        "evenkeel.services.orders.endpoints: not set (expected: at least one"
                            + " host:port, or dns, or file, or an EndpointSource bean named"
                            + " \"orders\", or a DiscoveryClient)"));
  }

  @Test
  void defaultsHaveNoEndpoints() {
    Contexts.orders("evenkeel.defaults.endpoints=a:1")
        .run(
            context ->
                assertThat(root(context.getStartupFailure()))
                    .hasMessageStartingWith("evenkeel.defaults.endpoints: [a:1] (expected: not"));
  }

  @Test
  void aNameHasToBeAHost() {
    Contexts.runner("evenkeel.services[the orders].endpoints=a:1")
        .run(
            context ->
                assertThat(root(context.getStartupFailure()))
                    .isInstanceOf(SettingException.class)
                    .hasMessageContaining("a name that can be the host in a URL"));
  }

  @Test
  void whatIsMisspeltIsAnError() {
    Contexts.orders(ORDERS + "failover.deadlin=1s")
        .run(
            context ->
                assertThat(root(context.getStartupFailure()))
                    .hasMessageContaining("evenkeel.services.orders.failover.deadlin"));
  }

  @Test
  void anHttpCheckNeedsLbOkHttp() {
    Contexts.orders(ORDERS + "health.check.type=http")
        .withClassLoader(
            new org.springframework.boot.test.context.FilteredClassLoader("io.evenkeel.lb.okhttp"))
        .run(
            context ->
                assertThat(analysis(context.getStartupFailure()).getAction())
                    .startsWith("Add the dependency io.evenkeel:lb-okhttp"));
  }

  @Test
  void optionsOfTheDefaultsAreThoseOfTheirStrategy() {
    Contexts.orders("evenkeel.defaults.strategy-options.slots=251")
        .run(
            context ->
                assertThat(root(context.getStartupFailure()))
                    .hasMessage(
                        "evenkeel.defaults.strategy-options.slots: 251 (expected: not set with"
                            + " strategy idle-first, whose options are: metric, tau,"
                            + " failure-penalty, idle, random, full-scan-up-to)"));
  }

  private static FailureAnalysis analysis(@Nullable Throwable failure) {
    return analysis(failure, new MockEnvironment());
  }

  private static FailureAnalysis analysis(@Nullable Throwable failure, Environment environment) {
    return SpringFactoriesLoader.forDefaultResourceLocation()
        .load(
            FailureAnalyzer.class,
            ArgumentResolver.of(Environment.class, environment),
            FailureHandler.handleMessage((message, thrown) -> {}))
        .stream()
        .filter(analyzer -> analyzer instanceof SettingFailureAnalyzer)
        .map(analyzer -> analyzer.analyze(requireNonNull(failure)))
        .findFirst()
        .orElseThrow();
  }

  private static Throwable root(@Nullable Throwable thrown) {
    Throwable root = requireNonNull(thrown);
    while (root.getCause() != null && !(root instanceof SettingException)) {
      root = root.getCause();
    }
    return root;
  }

  private static Set<String> resources(String name) throws IOException {
    Set<String> found = new TreeSet<>();
    Enumeration<java.net.URL> urls = SettingsTest.class.getClassLoader().getResources(name);
    while (urls.hasMoreElements()) {
      try (InputStream input = urls.nextElement().openStream()) {
        String text = new String(input.readAllBytes(), StandardCharsets.UTF_8);
        if (text.contains("evenkeel") || name.endsWith(".csv")) {
          found.add(text);
        }
      }
    }
    return found;
  }
}
