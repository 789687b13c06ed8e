package io.evenkeel.lb.spring;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.failover.CallContext;
import io.evenkeel.lb.okhttp.BalancerInterceptor;
import io.evenkeel.lb.testkit.rig.ServerProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.client.RestClient;
import org.springframework.web.service.annotation.GetExchange;
import org.springframework.web.service.registry.ImportHttpServices;

/** An application with all that is auto-configured, and a server that is killed while it calls. */
@Timeout(120)
class KilledServerTest {
  private static final int THREADS = 8;
  private static final int CALLS = 90;

  @Configuration(proxyBeanMethods = false)
  @EnableAutoConfiguration
  @ImportHttpServices(group = "orders", types = Orders.class)
  static class App {}

  interface Orders {
    @GetExchange("/{id}")
    String order(@PathVariable int id);
  }

  @Test
  void noGetFailsAndNoPostIsDoneTwice() throws Exception {
    try (ServerProcess one = ServerProcess.start();
        ServerProcess two = ServerProcess.start();
        ServerProcess three = ServerProcess.start()) {
      List<ServerProcess> servers = List.of(one, two, three);
      try (ConfigurableApplicationContext context = start(servers)) {
        RestClient client = context.getBean(RestClient.Builder.class).build();
        Balancer orders = context.getBean(LoadBalancers.class).balancer("orders");
        Orders service = context.getBean(Orders.class);
        AtomicInteger posts = new AtomicInteger();
        Result gets =
            call(
                two,
                id -> client.get().uri("http://orders/{id}", id).retrieve().body(String.class));
        two.restart();
        OkHttpClient http =
            context.getBean(BalancerInterceptor.class).install(new OkHttpClient.Builder()).build();
        Result ofOkHttp = call(one, id -> get(http, id));
        one.restart();
        Result ofService = call(three, service::order);
        three.restart();
        Result sent =
            call(
                one,
                id -> {
                  posts.incrementAndGet();
                  return client
                      .post()
                      .uri("http://orders/{id}", id)
                      .header("Idempotency-Key", "p" + id)
                      .attribute(LoadBalancers.CONTEXT, CallContext.once())
                      .retrieve()
                      .body(String.class);
                });
        assertThat(gets.failures).isEmpty();
        assertThat(ofService.failures).isEmpty();
        assertThat(ofOkHttp.failures).isEmpty();
        Map<String, Integer> done = new TreeMap<>();
        servers.forEach(
            server -> server.posts().forEach((key, n) -> done.merge(key, n, Integer::sum)));
        assertThat(done).hasSizeGreaterThan(posts.get() / 2);
        assertThat(done.values()).as("no post twice").containsOnly(1);
        assertThat(sent.failures).hasSizeLessThan(THREADS * CALLS / 10);
        assertThat(orders.nodes()).allSatisfy(node -> assertThat(node.inFlight()).isZero());
      }
      assertThat(servers.stream().mapToLong(ServerProcess::requests).min().orElse(0)).isPositive();
    }
  }

  private static String get(OkHttpClient client, int id) {
    Request request = new Request.Builder().url("http://orders/" + id).build();
    try (Response response = client.newCall(request).execute()) {
      assertThat(response.code()).isEqualTo(200);
      return response.body().string();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static ConfigurableApplicationContext start(List<ServerProcess> servers) {
    String endpoints =
        servers.stream()
            .map(server -> server.host() + ":" + server.port())
            .collect(Collectors.joining(","));
    return new SpringApplicationBuilder(App.class)
        .web(WebApplicationType.NONE)
        .run(
            "--evenkeel.services.orders.endpoints=" + endpoints,
            "--spring.http.clients.redirects=dont-follow",
            "--spring.http.clients.imperative.factory=jdk",
            "--spring.http.serviceclient.orders.base-url=http://orders",
            "--spring.main.banner-mode=off");
  }

  private record Result(List<Throwable> failures) {}

  /** Several threads call, and the server is killed when they have made a third of their calls. */
  private static Result call(ServerProcess victim, IntFunction<String> call) throws Exception {
    AtomicInteger made = new AtomicInteger();
    List<Throwable> failures = new java.util.concurrent.CopyOnWriteArrayList<>();
    ExecutorService threads = Executors.newFixedThreadPool(THREADS);
    try {
      List<Future<?>> running =
          IntStream.range(0, THREADS)
              .<Future<?>>mapToObj(
                  thread ->
                      threads.submit(
                          () -> {
                            for (int i = 0; i < CALLS; i++) {
                              if (made.incrementAndGet() == THREADS * CALLS / 3) {
                                victim.kill();
                              }
                              try {
                                assertThat(call.apply(thread * CALLS + i)).isNotNull();
                              } catch (RuntimeException e) {
                                failures.add(e);
                              }
                            }
                          }))
              .toList();
      for (Future<?> each : running) {
        each.get();
      }
    } finally {
      threads.shutdownNow();
    }
    return new Result(failures);
  }
}
