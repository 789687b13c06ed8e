package io.evenkeel.lb.benchmark.fault;

import static java.util.concurrent.TimeUnit.SECONDS;

import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.EndpointSource;
import io.evenkeel.lb.HealthPolicy;
import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.Strategy;
import io.evenkeel.lb.okhttp.BalancerInterceptor;
import io.evenkeel.lb.strategy.IdleFirst;
import io.evenkeel.lb.testkit.rig.LoadResult;
import io.evenkeel.lb.testkit.rig.OpenLoopLoad;
import io.evenkeel.lb.testkit.rig.Reply;
import io.evenkeel.lb.testkit.rig.ServerProcess;
import io.evenkeel.lb.testkit.rig.ServerProcessBuilder;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;

/** Servers in processes of their own, a balancer over them, and a client that goes through it. */
final class FaultRig implements AutoCloseable {
  private static final Request GET = new Request.Builder().url("http://orders/").build();
  private static final Duration WARM_UP = Duration.ofMillis(1500);

  private final Pace pace;
  private final List<ServerProcess> servers;
  private final AttemptLog log = new AttemptLog();
  private final Balancer balancer;
  private final Watch watch;
  private final OkHttpClient client;
  private final Map<String, Span> steps = new ConcurrentHashMap<>();

  private int victim = -1;

  /** When a step began and was done, by {@link System#nanoTime}. */
  record Span(long begun, long done) {}

  private FaultRig(Pace pace, Strategy strategy, List<ServerProcess> servers) {
    this(pace, strategy, servers, EndpointSource.of(endpoints(servers)), Faults.health());
  }

  private FaultRig(
      Pace pace,
      Strategy strategy,
      List<ServerProcess> servers,
      EndpointSource source,
      HealthPolicy health,
      HealthPolicy... more) {
    this.pace = pace;
    this.servers = servers;
    this.balancer =
        Balancer.builder("orders")
            .source(source)
            .strategy(strategy)
            .health(health, more)
            .listener(log)
            .build();
    this.watch = new Watch(balancer);
    this.client =
        BalancerInterceptor.of(balancer)
            .install(new OkHttpClient.Builder())
            .callTimeout(Faults.ATTEMPT_TIMEOUT)
            .build();
  }

  /**
   * A rig whose servers and client have run for some seconds, so that their code is compiled. The
   * balancer that is measured has seen nothing of it: how slow cold servers were would be what it
   * goes by for seconds.
   */
  static FaultRig start(Pace pace) throws InterruptedException {
    return start(pace, new IdleFirst());
  }

  /** With another strategy than the default. */
  static FaultRig start(Pace pace, Strategy strategy) throws InterruptedException {
    List<ServerProcess> servers = warm(pace, strategy, usual().start(Faults.SERVERS));
    return new FaultRig(pace, strategy, servers);
  }

  /** With servers of the caller's own. */
  static FaultRig start(Pace pace, List<ServerProcess> servers) throws InterruptedException {
    return new FaultRig(pace, new IdleFirst(), warm(pace, new IdleFirst(), servers));
  }

  /** With a source that has nothing yet. */
  static FaultRig start(Pace pace, Strategy strategy, EndpointSource source)
      throws InterruptedException {
    List<ServerProcess> servers = warm(pace, strategy, usual().start(Faults.SERVERS));
    return new FaultRig(pace, strategy, servers, source, Faults.health());
  }

  /** With more that judges endpoints, on servers of the caller's own that nothing has warmed. */
  static FaultRig cold(Pace pace, List<ServerProcess> servers, HealthPolicy... more) {
    EndpointSource source = EndpointSource.of(endpoints(servers));
    return new FaultRig(pace, new IdleFirst(), servers, source, Faults.health(), more);
  }

  /** As all servers are. */
  static ServerProcessBuilder usual() {
    return ServerProcess.builder().serviceTime(Faults.SERVICE_TIME);
  }

  private static Endpoint[] endpoints(List<ServerProcess> servers) {
    Endpoint[] endpoints = new Endpoint[servers.size()];
    for (int i = 0; i < endpoints.length; i++) {
      endpoints[i] = servers.get(i).endpoint(id(i));
    }
    return endpoints;
  }

  private static List<ServerProcess> warm(Pace pace, Strategy strategy, List<ServerProcess> servers)
      throws InterruptedException {
    FaultRig cold = new FaultRig(pace, strategy, servers);
    try {
      LoadResult unused = cold.load(WARM_UP).build().run(cold::send);
      for (ServerProcess server : servers) {
        cold.warm(server);
      }
    } catch (InterruptedException | RuntimeException e) {
      servers.forEach(ServerProcess::close);
      throw e;
    } finally {
      cold.leave();
    }
    return servers;
  }

  /** Sends requests to one server, past the balancer. */
  private void warm(ServerProcess server) throws InterruptedException {
    Request direct =
        new Request.Builder().url("http://" + server.host() + ":" + server.port() + "/").build();
    LoadResult unused =
        load(WARM_UP.dividedBy(servers.size()))
            .build()
            .run(
                number -> {
                  try (Response response = client.newCall(direct).execute()) {
                    return new Reply(response.body().string(), Outcome.SUCCESS);
                  } catch (IOException e) {
                    return new Reply(Reply.NOWHERE, Outcome.FAILURE);
                  }
                });
  }

  static String id(int server) {
    return "s" + (server + 1);
  }

  /**
   * The server that got the most requests in the last second, as the victim of a fault: one that
   * gets none would survive anything. The same one from when this was asked first.
   */
  private synchronized ServerProcess victim() {
    if (victim < 0) {
      victim = busiest();
    }
    return servers.get(victim);
  }

  /** The server that got the most requests in the last second. */
  int busiest() {
    long now = System.nanoTime();
    AttemptLog.Attempts lately = log.attempts().between(now - SECONDS.toNanos(1), now);
    int busiest = 0;
    for (int i = 1; i < servers.size(); i++) {
      busiest = lately.at(id(i)).count() > lately.at(id(busiest)).count() ? i : busiest;
    }
    return busiest;
  }

  /** The same servers and balancer, with retries. */
  Retrying retrying() {
    return new Retrying(balancer);
  }

  /** The endpoint of the victim. */
  synchronized String victimId() {
    if (victim < 0) {
      throw new IllegalStateException("victim: none (expected: one that a fault has happened to)");
    }
    return id(victim);
  }

  List<ServerProcess> servers() {
    return servers;
  }

  /** Begins a load at the pace of this rig. */
  OpenLoopLoad.Builder load(Duration duration) {
    return pace.load(duration);
  }

  /** The same, to a server of the caller's choice, which is the victim from then on. */
  OpenLoopLoad.Step step(String name, int server, Consumer<ServerProcess> step) {
    return () -> {
      choose(server);
      step(name, step).run();
    };
  }

  private synchronized void choose(int server) {
    victim = server;
  }

  /** Something done to the victim that leaves word of when it was done; see {@link #span}. */
  OpenLoopLoad.Step step(String name, Consumer<ServerProcess> step) {
    return () -> {
      ServerProcess chosen = victim();
      long begun = System.nanoTime();
      step.accept(chosen);
      steps.put(name, new Span(begun, System.nanoTime()));
    };
  }

  Span span(String step) {
    Span span = steps.get(step);
    if (span == null) {
      throw new IllegalArgumentException("step: " + step + " (expected: one that was done)");
    }
    return span;
  }

  /** Sends one request, and waits for its end. */
  Reply send(long number) {
    Outcome outcome = Outcome.SUCCESS;
    try (Response response = client.newCall(GET).execute()) {
      byte[] unused = response.body().bytes();
      outcome = response.isSuccessful() ? Outcome.SUCCESS : Outcome.FAILURE;
    } catch (IOException e) {
      outcome = Outcome.FAILURE;
    }
    Attempt last = AttemptLog.takeLast();
    return last == null
        ? new Reply(Reply.NOWHERE, Outcome.UNREACHABLE)
        : new Reply(last.endpoint(), outcome == Outcome.SUCCESS ? outcome : last.outcome());
  }

  AttemptLog log() {
    return log;
  }

  Watch watch() {
    return watch;
  }

  /** Forgets what was measured until now. */
  void forget() {
    log.clear();
    watch.clear();
  }

  /** Lets go of all but the servers. */
  private void leave() {
    watch.close();
    client.dispatcher().executorService().shutdown();
    client.connectionPool().evictAll();
    balancer.close();
  }

  @Override
  public void close() {
    leave();
    List<RuntimeException> failures = new ArrayList<>();
    for (ServerProcess server : servers) {
      try {
        server.close();
      } catch (RuntimeException e) {
        failures.add(e);
      }
    }
    if (!failures.isEmpty()) {
      throw failures.get(0);
    }
  }
}
