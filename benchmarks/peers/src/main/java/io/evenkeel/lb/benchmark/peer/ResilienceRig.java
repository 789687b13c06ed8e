package io.evenkeel.lb.benchmark.peer;

import static java.util.Objects.requireNonNull;

import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.benchmark.fault.PeerRig;
import io.evenkeel.lb.benchmark.fault.PeerServers;
import io.evenkeel.lb.testkit.rig.Reply;
import io.evenkeel.lb.testkit.rig.ServerProcess;
import io.evenkeel.lb.testkit.rig.ServerProcessBuilder;
import io.github.resilience4j.circuitbreaker.CallNotPermittedException;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import io.github.resilience4j.circuitbreaker.CircuitBreakerRegistry;
import io.github.resilience4j.core.IntervalFunction;
import io.github.resilience4j.retry.Retry;
import io.github.resilience4j.retry.RetryConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import okhttp3.ConnectionPool;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import org.springframework.cloud.client.DefaultServiceInstance;
import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.loadbalancer.DefaultRequest;
import org.springframework.cloud.loadbalancer.core.ReactorServiceInstanceLoadBalancer;
import org.springframework.cloud.loadbalancer.core.RoundRobinLoadBalancer;
import reactor.core.publisher.Mono;

/**
 * Each attempt takes the next instance from Spring Cloud's round robin and passes that instance's
 * circuit breaker. OkHttp ends what takes too long. A retry is around both, for what may be
 * repeated: three attempts, so that the three with their pauses fit into the deadline. An instance
 * whose breaker is open costs an attempt and no time; the next one is another instance.
 */
final class ResilienceRig implements PeerRig {
  private static final String SERVICE = "orders";
  private static final RequestBody BODY = RequestBody.create("order", null);

  /** By default a breaker is open for a minute, and half open until its trials have ended. */
  private static final CircuitBreakerConfig BREAKER =
      CircuitBreakerConfig.custom()
          .waitDurationInOpenState(Duration.ofSeconds(5))
          .maxWaitDurationInHalfOpenState(Duration.ofSeconds(5))
          .build();

  private static final RetryConfig RETRY =
      RetryConfig.custom()
          .maxAttempts(3)
          .intervalFunction(IntervalFunction.ofExponentialRandomBackoff(25, 2))
          .retryExceptions(IOException.class, CallNotPermittedException.class)
          .build();

  private final List<ServerProcess> servers;
  private final ReactorServiceInstanceLoadBalancer balancer;
  private final CircuitBreakerRegistry breakers = CircuitBreakerRegistry.of(BREAKER);
  private final Retry retry = Retry.of(SERVICE, RETRY);
  private final ConnectionPool pool = new ConnectionPool(256, 30, TimeUnit.SECONDS);
  private final OkHttpClient client;
  private final OkHttpClient patient;
  private final Queue<Long> attempts = new ConcurrentLinkedQueue<>();

  private ResilienceRig(List<ServerProcess> servers, Duration attemptTimeout) {
    this.servers = servers;
    List<ServiceInstance> instances = new ArrayList<>();
    for (int i = 0; i < servers.size(); i++) {
      ServerProcess server = servers.get(i);
      instances.add(
          new DefaultServiceInstance("s" + (i + 1), SERVICE, server.host(), server.port(), false));
    }
    this.balancer = new RoundRobinLoadBalancer(SpringPeer.supplier(SERVICE, instances), SERVICE);
    this.patient = new OkHttpClient.Builder().connectionPool(pool).build();
    this.client =
        patient.newBuilder().connectTimeout(attemptTimeout).callTimeout(attemptTimeout).build();
  }

  static ResilienceRig start(PeerServers asked) {
    List<ServerProcess> servers = new ArrayList<>();
    if (asked.network() != null) {
      servers.add(builder(asked).in(asked.network()).start());
    }
    servers.addAll(builder(asked).start(asked.count() - servers.size()));
    return new ResilienceRig(servers, asked.attemptTimeout());
  }

  private static ServerProcessBuilder builder(PeerServers asked) {
    return ServerProcess.builder()
        .serviceTime(asked.serviceTime())
        .concurrencyLimit(asked.workers());
  }

  @Override
  public Reply get() {
    return reply(() -> retry.executeCheckedSupplier(() -> attempt(false)));
  }

  @Override
  public Reply post() {
    return reply(() -> attempt(true));
  }

  @FunctionalInterface
  private interface Call {
    String run() throws Throwable;
  }

  private static Reply reply(Call call) {
    try {
      return new Reply(call.run(), Outcome.SUCCESS);
    } catch (Throwable t) {
      return new Reply(Reply.NOWHERE, Outcome.FAILURE, t.toString());
    }
  }

  private String attempt(boolean post) throws Throwable {
    ServiceInstance instance =
        requireNonNull(
            requireNonNull(Mono.from(balancer.choose(new DefaultRequest<>())).block()).getServer());
    Request.Builder request = new Request.Builder().url(instance.getUri() + "/");
    return breakers
        .circuitBreaker(instance.getInstanceId())
        .executeCheckedSupplier(
            () -> {
              attempts.add(System.nanoTime());
              call(client, post ? request.post(BODY).build() : request.build());
              return instance.getInstanceId();
            });
  }

  private static void call(OkHttpClient client, Request request) throws IOException {
    try (Response response = client.newCall(request).execute()) {
      byte[] unused = response.body().bytes();
      if (!response.isSuccessful()) {
        throw new IOException("status " + response.code());
      }
    }
  }

  @Override
  public void direct(int server) {
    ServerProcess asked = servers.get(server);
    try {
      call(
          patient,
          new Request.Builder().url("http://" + asked.host() + ":" + asked.port() + "/").build());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void forget() {
    breakers.getAllCircuitBreakers().forEach(CircuitBreaker::reset);
    attempts.clear();
  }

  @Override
  public void kill(int server) {
    servers.get(server).kill();
  }

  @Override
  public void stop(int server) {
    servers.get(server).stop();
  }

  @Override
  public void restart(int server) {
    servers.get(server).restart();
  }

  @Override
  public Collection<Long> attempts() {
    return attempts;
  }

  @Override
  public void close() {
    pool.evictAll();
    servers.forEach(ServerProcess::close);
  }
}
