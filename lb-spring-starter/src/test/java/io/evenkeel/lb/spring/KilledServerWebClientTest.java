package io.evenkeel.lb.spring;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.failover.CallContext;
import io.evenkeel.lb.testkit.rig.ServerProcess;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.reactive.function.client.WebClient;
import org.springframework.web.service.annotation.GetExchange;
import org.springframework.web.service.registry.HttpServiceGroup.ClientType;
import org.springframework.web.service.registry.ImportHttpServices;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** An application with WebClient, and a server that is killed while it calls. */
@Timeout(120)
class KilledServerWebClientTest {
  private static final int AT_ONCE = 16;
  private static final int CALLS = 720;

  @Configuration(proxyBeanMethods = false)
  @EnableAutoConfiguration
  @ImportHttpServices(group = "orders", types = Orders.class, clientType = ClientType.WEB_CLIENT)
  static class App {}

  interface Orders {
    @GetExchange("/{id}")
    Mono<String> order(@PathVariable int id);
  }

  @ParameterizedTest
  @ValueSource(strings = {"reactor", "jdk"})
  void noGetFailsAndNoPostIsDoneTwice(String connector) throws Exception {
    try (ServerProcess one = ServerProcess.start();
        ServerProcess two = ServerProcess.start();
        ServerProcess three = ServerProcess.start()) {
      List<ServerProcess> servers = List.of(one, two, three);
      try (ConfigurableApplicationContext context = start(servers, connector)) {
        WebClient client = context.getBean(WebClient.Builder.class).build();
        Balancer orders = context.getBean(LoadBalancers.class).balancer("orders");
        Orders service = context.getBean(Orders.class);
        List<Throwable> gets =
            call(
                two,
                id ->
                    client.get().uri("http://orders/{id}", id).retrieve().bodyToMono(String.class));
        two.restart();
        List<Throwable> ofService = call(three, service::order);
        three.restart();
        List<Throwable> posts =
            call(
                one,
                id ->
                    client
                        .post()
                        .uri("http://orders/{id}", id)
                        .header("Idempotency-Key", "p" + id)
                        .attribute(LoadBalancers.CONTEXT, CallContext.once())
                        .bodyValue("order " + id)
                        .retrieve()
                        .bodyToMono(String.class));
        assertThat(gets).isEmpty();
        assertThat(ofService).isEmpty();
        Map<String, Integer> done = new TreeMap<>();
        servers.forEach(
            server -> server.posts().forEach((key, n) -> done.merge(key, n, Integer::sum)));
        assertThat(done).hasSizeGreaterThan(CALLS / 2);
        assertThat(done.values()).as("no post twice").containsOnly(1);
        assertThat(posts).hasSizeLessThan(CALLS / 10);
        assertThat(orders.nodes()).allSatisfy(node -> assertThat(node.inFlight()).isZero());
      }
      assertThat(servers.stream().mapToLong(ServerProcess::requests).min().orElse(0)).isPositive();
    }
  }

  private static ConfigurableApplicationContext start(
      List<ServerProcess> servers, String connector) {
    String endpoints =
        servers.stream()
            .map(server -> server.host() + ":" + server.port())
            .collect(Collectors.joining(","));
    return new SpringApplicationBuilder(App.class)
        .web(WebApplicationType.NONE)
        .run(
            "--evenkeel.services.orders.endpoints=" + endpoints,
            "--spring.http.clients.redirects=dont-follow",
            "--spring.http.clients.reactive.connector=" + connector,
            "--spring.http.serviceclient.orders.base-url=http://orders",
            "--spring.main.banner-mode=off");
  }

  /** So many calls are under way at once; the server is killed when a third of them were begun. */
  private static List<Throwable> call(ServerProcess victim, IntFunction<Mono<String>> call)
      throws InterruptedException {
    Thread killer = new Thread(victim::kill);
    AtomicInteger begun = new AtomicInteger();
    List<Throwable> failures = new CopyOnWriteArrayList<>();
    Flux.range(0, CALLS)
        .flatMap(
            id ->
                Mono.defer(
                        () -> {
                          if (begun.incrementAndGet() == CALLS / 3) {
                            killer.start();
                          }
                          return call.apply(id);
                        })
                    .switchIfEmpty(Mono.error(() -> new AssertionError("no body")))
                    .onErrorResume(
                        thrown -> {
                          failures.add(thrown);
                          return Mono.empty();
                        }),
            AT_ONCE)
        .blockLast();
    killer.join();
    return failures;
  }
}
