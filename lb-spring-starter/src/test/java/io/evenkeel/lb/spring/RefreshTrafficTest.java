package io.evenkeel.lb.spring;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.Node;
import io.evenkeel.lb.failover.CallContext;
import io.evenkeel.lb.failover.Failover;
import io.evenkeel.lb.health.HealthRegistry;
import io.evenkeel.lb.okhttp.BalancerInterceptor;
import io.evenkeel.lb.spring.metrics.BalancerMetricsAutoConfiguration;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.http.client.autoconfigure.HttpClientAutoConfiguration;
import org.springframework.boot.http.client.autoconfigure.imperative.ImperativeHttpClientAutoConfiguration;
import org.springframework.boot.restclient.autoconfigure.RestClientAutoConfiguration;
import org.springframework.context.ApplicationContext;
import org.springframework.web.client.RestClient;
import org.springframework.web.reactive.function.client.WebClient;

/** Requests of all clients go on while settings change under them, and none may be repeated. */
@Timeout(180)
class RefreshTrafficTest {
  private static final String ORDERS = "evenkeel.services.orders.";
  private static final int CHANGES = 240;

  private final Changing properties =
      Changing.of(
          ORDERS + "failover.attempts=1",
          ORDERS + "failover.attempt-timeout=50s",
          ORDERS + "failover.deadline=60s");
  private final CountingScheduler scheduler = new CountingScheduler();
  private final AtomicBoolean over = new AtomicBoolean();
  private final AtomicLong sent = new AtomicLong();
  private final Queue<Throwable> failed = new ConcurrentLinkedQueue<>();

  @Test
  void noRequestAndNoCountIsLost() throws Exception {
    try (Backends backends = Backends.of(4)) {
      properties.set(backends.property());
      properties
          .in(WebClients.runner(backends, "evenkeel.start-timeout=0s"))
          .withConfiguration(
              AutoConfigurations.of(
                  RestClientBalancingAutoConfiguration.class,
                  OkHttpBalancingAutoConfiguration.class,
                  BalancerMetricsAutoConfiguration.class,
                  HttpClientAutoConfiguration.class,
                  ImperativeHttpClientAutoConfiguration.class,
                  RestClientAutoConfiguration.class))
          .withBean(MeterRegistry.class, SimpleMeterRegistry::new)
          .withBean(
              "scheduled",
              BalancerCustomizer.class,
              () -> (service, balancer) -> balancer.scheduler(scheduler))
          .run(
              context -> {
                assertThat(context).hasNotFailed();
                changeUnderLoad(context, backends);
              });
    }
    Contexts.await(() -> scheduler.waiting() == 0);
  }

  private void changeUnderLoad(ApplicationContext context, Backends backends) throws Exception {
    LoadBalancers balancers = context.getBean(LoadBalancers.class);
    Set<Balancer> behind = new HashSet<>();
    List<Node> nodes = new ArrayList<>();
    ExecutorService threads = Executors.newCachedThreadPool();
    try {
      for (Callable<String> client : clients(context)) {
        threads.execute(() -> send(client));
        threads.execute(() -> send(client));
      }
      for (int i = 0; i < CHANGES && failed.isEmpty(); i++) {
        change(i, backends);
        assertThat(balancers.refresh()).as("change " + i).hasSize(1);
        Balancer present = balancers.services().get(0).backing().balancer();
        behind.add(present);
        nodes.addAll(present.nodes());
        long before = sent.get();
        Contexts.await(() -> sent.get() > before + 8 || !failed.isEmpty());
      }
    } finally {
      over.set(true);
      threads.shutdown();
    }
    assertThat(threads.awaitTermination(60, TimeUnit.SECONDS)).isTrue();

    assertThat(failed).isEmpty();
    assertThat(backends.requests).as("each was sent once").hasValue((int) sent.get());
    Contexts.await(() -> nodes.stream().mapToInt(Node::inFlight).sum() == 0);
    assertThat(balancers.busy()).isEmpty();
    assertThat(backends.outcomes).hasSize((int) sent.get());
    Timer done = context.getBean(MeterRegistry.class).get("lb.calls").tag("result", "done").timer();
    assertThat(done.count()).isEqualTo(sent.get());

    assertThat(behind).hasSize(CHANGES / 2);
    assertThat(behind.stream().filter(each -> !each.nodes().isEmpty()))
        .containsExactly(balancers.services().get(0).backing().balancer());
    int endpoints = balancers.balancer("orders").endpoints().size();
    assertThat(context.getBean(HealthRegistry.class).endpoints("orders")).hasSize(endpoints);
    // The leases' and the health's of one balancer, however many there were.
    assertThat(scheduler.waiting()).isLessThan(20);
  }

  /** Strategy, endpoints, deadline and health in turn. */
  private void change(int number, Backends backends) {
    int round = number / 4;
    switch (number % 4) {
      case 0 ->
          properties.set(
              ORDERS + "strategy=" + (round % 2 == 0 ? "round-robin" : "least-requests"));
      case 1 ->
          properties.set(
              ORDERS
                  + "endpoints="
                  + backends.servers.stream()
                      .filter(server -> backends.servers.indexOf(server) != round % 4)
                      .map(server -> "127.0.0.1:" + server.getPort())
                      .collect(Collectors.joining(",")));
      case 2 -> properties.set(ORDERS + "failover.deadline=" + (100 + round) + "s");
      default -> properties.set(ORDERS + "health.ramp=" + (1 + round) + "s");
    }
  }

  private void send(Callable<String> client) {
    while (!over.get()) {
      try {
        assertThat(client.call()).isEqualTo("ok");
        sent.incrementAndGet();
      } catch (Throwable e) {
        failed.add(e);
        return;
      }
    }
  }

  /** One of each kind, all had before anything changes. */
  private static List<Callable<String>> clients(ApplicationContext context) {
    RestClient rest = context.getBean(RestClient.Builder.class).build();
    WebClient web = context.getBean(WebClient.Builder.class).build();
    OkHttpClient ok =
        context.getBean(BalancerInterceptor.class).install(new OkHttpClient.Builder()).build();
    LoadBalancers balancers = context.getBean(LoadBalancers.class);
    Failover held = balancers.failover("orders");
    HttpClient plain = HttpClient.newHttpClient();
    return List.of(
        () -> String.valueOf(rest.get().uri("http://orders/a").retrieve().body(String.class)),
        () ->
            String.valueOf(
                web.get()
                    .uri("http://orders/b")
                    .retrieve()
                    .bodyToMono(String.class)
                    .block(Duration.ofSeconds(60))),
        () -> {
          Request request = new Request.Builder().url("http://orders/c").build();
          try (Response response = ok.newCall(request).execute()) {
            return response.body().string();
          }
        },
        () ->
            held.call(
                CallContext.once(),
                endpoint ->
                    plain
                        .send(
                            HttpRequest.newBuilder(
                                    URI.create("http://" + endpoint.authority() + "/d"))
                                .build(),
                            HttpResponse.BodyHandlers.ofString())
                        .body()));
  }

  /** A request in flight at a balancer that is replaced ends where it is. */
  @Test
  void whatIsUnderWayEndsWhereItIs() throws Exception {
    CountDownLatch arrived = new CountDownLatch(1);
    CountDownLatch released = new CountDownLatch(1);
    try (Backends backends = Backends.of(2)) {
      backends.answers(
          (number, request) -> {
            arrived.countDown();
            try {
              assertThat(released.await(60, TimeUnit.SECONDS)).isTrue();
            } catch (InterruptedException e) {
              throw new IllegalStateException(e);
            }
            return Backends.ok();
          });
      properties.set(backends.property());
      properties
          .in(WebClients.runner(backends, "evenkeel.drain-timeout=60s"))
          .run(
              context -> {
                LoadBalancers balancers = context.getBean(LoadBalancers.class);
                WebClient web = context.getBean(WebClient.Builder.class).build();
                var answer =
                    web.get().uri("http://orders/").retrieve().bodyToMono(String.class).toFuture();
                assertThat(arrived.await(60, TimeUnit.SECONDS)).isTrue();
                List<Node> old = balancers.balancer("orders").nodes();
                properties.set(ORDERS + "strategy=random");
                assertThat(balancers.refresh()).hasSize(1);
                assertThat(old.stream().mapToInt(Node::inFlight).sum()).isOne();
                assertThat(Contexts.inFlight(context)).isZero();
                released.countDown();
                assertThat(answer.get(60, TimeUnit.SECONDS)).isEqualTo("ok");
                Contexts.await(() -> old.stream().mapToInt(Node::inFlight).sum() == 0);
                assertThat(backends.requests).hasValue(1);
              });
    }
  }
}
