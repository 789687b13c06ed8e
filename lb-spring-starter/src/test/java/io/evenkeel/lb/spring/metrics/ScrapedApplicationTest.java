package io.evenkeel.lb.spring.metrics;

import static io.evenkeel.lb.spring.Backends.status;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.EndpointSet;
import io.evenkeel.lb.EndpointSource;
import io.evenkeel.lb.HealthIndicator;
import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.failover.CallContext;
import io.evenkeel.lb.failover.gate.AdaptiveLimits;
import io.evenkeel.lb.failover.gate.Breakers;
import io.evenkeel.lb.spring.Backends;
import io.evenkeel.lb.spring.BalancerCustomizer;
import io.evenkeel.lb.spring.LoadBalancers;
import io.evenkeel.lb.testkit.ManualSource;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.client.RestClient;
import org.springframework.web.client.RestClientException;

/**
 * All queries of the dashboard and of the rules are run against a Prometheus that scrapes an
 * application with balanced calls, of which some go wrong in each way that there is an alert for.
 * So what they ask for is what is exported.
 */
@Timeout(300)
class ScrapedApplicationTest {
  private static final long LONGEST_NANOS = TimeUnit.SECONDS.toNanos(180);
  private static final CallContext GET = CallContext.idempotent();
  private static final Endpoint FIRST = Endpoint.of("10.0.2.1", 1);
  private static final Endpoint SECOND = Endpoint.of("10.0.2.2", 1);

  @TempDir private Path dir;
  private List<CompletableFuture<Integer>> slow = List.of();
  private int ordered;
  private int round;

  @Configuration(proxyBeanMethods = false)
  @EnableAutoConfiguration
  static class Shop {
    @Bean
    EndpointSource gone() {
      ManualSource source = new ManualSource();
      source.publish(EndpointSet.none());
      return source;
    }

    @Bean
    EndpointSource moving() {
      return ManualSource.of(FIRST);
    }

    @Bean
    BalancerCustomizer judges() {
      return (service, balancer) -> {
        if (service.equals("slow")) {
          balancer.health(Breakers.ofDefaults(), AdaptiveLimits.ofDefaults());
        } else if (service.equals("ledger")) {
          balancer.health(context -> node -> new Judged(node.endpoint().port() == 1 ? 1 : 0));
        }
      };
    }
  }

  /** Says the same forever. */
  private record Judged(double health) implements HealthIndicator {
    @Override
    public void record(Outcome outcome, long latencyNanos, long nowNanos) {}
  }

  /** Only the last one is bad, and always. */
  private static Backends startServers() throws IOException {
    Backends servers = Backends.of(4);
    int last = servers.servers.get(3).getPort();
    return servers.answers(
        (number, request) -> request.getUrl().port() == last ? status(503) : Backends.ok());
  }

  private static ConfigurableApplicationContext startApplication(Backends servers) {
    return new SpringApplicationBuilder(Shop.class)
        .web(WebApplicationType.NONE)
        .run(
            "--spring.main.banner-mode=off",
            "--management.metrics.distribution.percentiles-histogram.lb.calls=true",
            "--evenkeel.drain-timeout=0s",
            "--" + servers.property(),
            "--evenkeel.services.orders.strategy=round-robin",
            "--evenkeel.services.payments.endpoints=127.0.0.1:1,127.0.0.1:2",
            "--evenkeel.services.ledger.endpoints=10.0.0.1:1,10.0.0.1:2,10.0.0.1:3",
            "--evenkeel.services.slow.endpoints=10.0.1.1:1,10.0.1.2:1",
            "--evenkeel.services.slow.failover.hedging.share=0.5",
            "--evenkeel.services.slow.failover.hedging.delay=50ms");
  }

  private static HttpServer exporter(PrometheusMeterRegistry registry) throws IOException {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/metrics",
        exchange -> {
          byte[] text = registry.scrape().getBytes(StandardCharsets.UTF_8);
          exchange.getResponseHeaders().set("Content-Type", "text/plain; version=0.0.4");
          exchange.sendResponseHeaders(200, text.length);
          exchange.getResponseBody().write(text);
          exchange.close();
        });
    server.start();
    return server;
  }

  /** Calls that go well, fail, find nobody, are slow or hedged, and endpoints that move. */
  private void makeCalls(ConfigurableApplicationContext application) {
    LoadBalancers balancers = application.getBean(LoadBalancers.class);
    RestClient client = application.getBean(RestClient.Builder.class).build();
    for (int i = 0; i < 20; i++) {
      get(client, "http://orders/");
      ordered++;
      get(client, "http://payments/");
      balancers.failover("ledger").<Integer>call(GET, endpoint -> 1);
    }
    if (slow.stream().allMatch(CompletableFuture::isDone)) {
      slow = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        slow.add(
            balancers
                .failover("slow")
                .callAsync(
                    GET,
                    endpoint ->
                        new CompletableFuture<Integer>()
                            .completeOnTimeout(1, 1500, TimeUnit.MILLISECONDS)));
      }
    }
    ManualSource moving = application.getBean("moving", ManualSource.class);
    moving.publish(round++ % 2 == 0 ? SECOND : FIRST);
  }

  private static void get(RestClient client, String uri) {
    try {
      client.get().uri(uri).retrieve().toBodilessEntity();
    } catch (RestClientException e) {
      // Some do fail.
    }
  }

  /** Leaves those queries that have no such value yet. */
  private static void ask(
      PrometheusServer prometheus, Map<String, String> queries, Predicate<Double> good)
      throws IOException, InterruptedException {
    for (String name : List.copyOf(queries.keySet())) {
      String query = queries.get(name);
      if (query != null && prometheus.query(query).stream().anyMatch(good)) {
        queries.remove(name);
      }
    }
  }

  @Test
  void allQueriesFindWhatIsExported() throws Exception {
    Map<String, String> positive = new TreeMap<>(Dashboards.queriesOfPanels());
    positive.putAll(Dashboards.rules("record"));
    Dashboards.rules("record").keySet().forEach(name -> positive.put(name + ", recorded", name));
    Map<String, String> present = new TreeMap<>(Dashboards.rules("alert"));
    present.putAll(Dashboards.queriesOfVariables());
    Tool.named("prometheus");
    try (Backends servers = startServers();
        ConfigurableApplicationContext application = startApplication(servers)) {
      PrometheusMeterRegistry registry = application.getBean(PrometheusMeterRegistry.class);
      HttpServer exporter = exporter(registry);
      try (PrometheusServer prometheus =
          PrometheusServer.start(dir, exporter.getAddress().getPort())) {
        long begin = System.nanoTime();
        while (!positive.isEmpty() || !present.isEmpty()) {
          makeCalls(application);
          prometheus.pause();
          ask(prometheus, positive, value -> value > 0);
          ask(prometheus, present, value -> true);
          assertThat(System.nanoTime() - begin)
              .as("nanoseconds for %s and %s", positive, present)
              .isLessThan(LONGEST_NANOS);
        }
        String count = "sum(lb_calls_seconds_count{balancer=\"orders\"})";
        while (!prometheus.query(count).equals(List.of((double) ordered))) {
          prometheus.pause();
          assertThat(System.nanoTime() - begin)
              .as("%s calls", ordered)
              .isLessThan(2 * LONGEST_NANOS);
        }
        everythingIsShown(registry);
        promtoolFindsNoFaultWith(registry);
      } finally {
        exporter.stop(0);
      }
    }
  }

  private static void everythingIsShown(PrometheusMeterRegistry registry) throws IOException {
    String shown = String.join("\n", Dashboards.queriesOfPanels().values());
    TreeSet<String> exported =
        registry
            .scrape()
            .lines()
            .filter(line -> line.startsWith("# TYPE lb_"))
            .map(line -> line.split(" ", -1)[2])
            .collect(Collectors.toCollection(TreeSet::new));
    assertThat(exported).isNotEmpty().allSatisfy(name -> assertThat(shown).contains(name));
  }

  private void promtoolFindsNoFaultWith(PrometheusMeterRegistry registry) throws Exception {
    String ours =
        registry
            .scrape()
            .lines()
            .filter(line -> line.startsWith("lb_") || line.matches("# (HELP|TYPE) lb_.*"))
            .collect(Collectors.joining("\n", "", "\n"));
    assertThat(Tool.named("promtool").run(dir.resolve("out"), ours, "check", "metrics")).isEmpty();
  }
}
