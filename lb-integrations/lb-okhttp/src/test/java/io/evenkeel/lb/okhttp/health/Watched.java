package io.evenkeel.lb.okhttp.health;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.Node;
import io.evenkeel.lb.health.EndpointHealth;
import io.evenkeel.lb.health.Health;
import io.evenkeel.lb.health.HealthCheck;
import io.evenkeel.lb.health.HealthRegistry;
import io.evenkeel.lb.health.HealthState;
import io.evenkeel.lb.health.HealthTransition;
import io.evenkeel.lb.okhttp.BalancerInterceptor;
import io.evenkeel.lb.strategy.RoundRobin;
import io.evenkeel.lb.testkit.ManualSource;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;

/**
 * The balancer {@code orders} in real time, whose health is judged by a check and the recommended
 * detectors, and a client through it.
 */
final class Watched implements AutoCloseable {
  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(20);
  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(2);
  private static final Duration REQUEST_LIMIT = Duration.ofMillis(500);

  final ManualSource source;
  final HealthRegistry registry = HealthRegistry.create();
  private final Sockets sockets = new Sockets();
  private final OkHttpClient client;
  private final Balancer balancer;
  private int addresses;

  /**
   * Begins to watch.
   *
   * @param check is given the client that a probe may take its connections from
   */
  Watched(Function<OkHttpClient, HealthCheck> check, Endpoint... endpoints) {
    OkHttpClient plain = new OkHttpClient.Builder().socketFactory(sockets).build();
    source = ManualSource.of(endpoints);
    addresses = endpoints.length;
    balancer =
        Balancer.builder("orders")
            .source(source)
            .strategy(RoundRobin.of())
            .health(
                Health.builder()
                    .recommendedDetectors()
                    .check(check.apply(plain))
                    .ramp(Duration.ofMillis(300))
                    .registry(registry)
                    .build())
            .build();
    client =
        BalancerInterceptor.of(balancer)
            .install(plain.newBuilder())
            .connectTimeout(REQUEST_LIMIT)
            .readTimeout(REQUEST_LIMIT)
            .build();
  }

  /** Waits, without a request, until something holds. */
  void await(String what, BooleanSupplier holds) {
    long deadline = System.nanoTime() + PATIENCE_NANOS;
    while (!holds.getAsBoolean() && System.nanoTime() - deadline < 0) {
      LockSupport.parkNanos(PAUSE_NANOS);
    }
    assertThat(holds.getAsBoolean())
        .as(() -> what + ": " + registry.endpoints() + " after " + registry.history())
        .isTrue();
  }

  /** The same while there are requests. */
  void awaitInTraffic(String what, BooleanSupplier holds) {
    await(
        what,
        () -> {
          boolean unused = request();
          return holds.getAsBoolean();
        });
  }

  void awaitAllUp() {
    await(
        "all are up",
        () -> registry.endpoints().stream().allMatch(each -> each.state() == HealthState.UP));
  }

  /** Sends a request; whether it was answered well. */
  boolean request() {
    Request request = new Request.Builder().url("http://orders/").build();
    try (Response response = client.newCall(request).execute()) {
      return !response.body().string().isEmpty() && response.code() == 200;
    } catch (IOException e) {
      return false;
    }
  }

  void publish(Endpoint... endpoints) {
    addresses += endpoints.length;
    source.publish(endpoints);
  }

  EndpointHealth health(String id) {
    return registry.endpoints().stream()
        .filter(each -> each.endpoint().id().equals(id))
        .findFirst()
        .orElseThrow();
  }

  HealthState state(String id) {
    return health(id).state();
  }

  /** The states that an endpoint has got into after a version. */
  List<HealthState> path(String id, long after) {
    return registry.history().stream()
        .filter(each -> each.version() > after && each.endpoint().id().equals(id))
        .filter(each -> each.from() != each.to())
        .map(HealthTransition::to)
        .filter(Objects::nonNull)
        .toList();
  }

  /** The number of the latest transition. */
  long version() {
    List<HealthTransition> history = registry.history();
    return history.isEmpty() ? 0 : history.get(history.size() - 1).version();
  }

  /** Ends it all, and sees that nothing is left but one idle connection to each address. */
  @Override
  public void close() {
    try {
      await(
          "nothing in flight", () -> balancer.nodes().stream().mapToInt(Node::inFlight).sum() == 0);
    } finally {
      balancer.close();
      client.connectionPool().evictAll();
      try {
        await("few kept connections", () -> sockets.open() <= addresses);
      } finally {
        sockets.close();
      }
    }
    assertThat(registry.endpoints()).isEmpty();
  }
}
