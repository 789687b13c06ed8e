package io.evenkeel.lb.testkit.cluster;

import static io.evenkeel.lb.testkit.cluster.Expect.expect;
import static java.util.Objects.requireNonNull;

import io.evenkeel.lb.BalancerBuilder;
import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.Strategy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Builds a {@link Cluster}. Servers, arrivals and an end are required. Not thread-safe. */
public final class ClusterBuilder {
  private static final Duration MIN_TIME = Duration.ofNanos(1000);
  private static final Duration MAX_TIME = Duration.ofDays(365);

  final Map<String, Server> servers = new LinkedHashMap<>();
  final List<BiConsumer<BalancerBuilder, SimulatedClient>> plugIns = new ArrayList<>();
  final List<Cluster.Step> script = new ArrayList<>();
  int clients = 1;
  List<String> clientZones = List.of();
  Duration betweenZones = Duration.ZERO;
  String strategy = "recommended";
  @Nullable Arrivals arrivals;
  long requests;
  @Nullable Duration duration;
  Duration warmUp = Duration.ZERO;
  @Nullable Duration timeout;
  int attempts = 1;
  Duration bucket = Duration.ofSeconds(1);

  ClusterBuilder() {}

  /** Adds servers of one kind. They are called s1, s2 and so on, in the order of all servers. */
  public ClusterBuilder servers(int count, Server kind) {
    expect(count >= 1, "servers", count, ">= 1");
    for (int i = 0; i < count; i++) {
      server("s" + (servers.size() + 1), kind);
    }
    return this;
  }

  /**
   * Adds a server. There may be 10,000.
   *
   * @param name a host name that no other server has
   */
  public ClusterBuilder server(String name, Server kind) {
    requireNonNull(kind, "kind");
    expectHost(name);
    expect(!servers.containsKey(name), "server", name, "a name that is not taken");
    expect(servers.size() < 10_000, "servers", servers.size() + 1, "at most 10000");
    servers.put(name, kind);
    return this;
  }

  /** How many clients there are, each with its own balancer: 1 to 10,000. By default 1. */
  public ClusterBuilder clients(int clients) {
    expect(clients >= 1 && clients <= 10_000, "clients", clients, "1..10000");
    this.clients = clients;
    return this;
  }

  /**
   * Puts the clients into zones: the first into the first of these, the second into the second, and
   * so on, and over again. By default they are in none, which is near to all servers.
   *
   * @param zones at least one; a name twice makes that zone twice as large
   */
  public ClusterBuilder clientZones(String... zones) {
    expect(zones.length >= 1, "clientZones", zones.length, ">= 1");
    clientZones = List.of(zones);
    return this;
  }

  /**
   * How long a request takes from a client to a server of another zone, and the response again. By
   * default 0; at most a minute.
   */
  public ClusterBuilder betweenZones(Duration oneWay) {
    Expect.expectTime("betweenZones", oneWay, Duration.ZERO, Duration.ofMinutes(1));
    betweenZones = oneWay;
    return this;
  }

  /** How each client chooses. By default as balancers do by default. */
  public ClusterBuilder strategy(Strategy strategy) {
    this.strategy = requireNonNull(strategy, "strategy").toString();
    return balancer(builder -> builder.strategy(strategy));
  }

  /**
   * Plugs things into the balancer of each client, such as listeners or a panic threshold. Clock,
   * scheduler, chance and source are the cluster's own.
   */
  public ClusterBuilder balancer(Consumer<BalancerBuilder> plugIn) {
    requireNonNull(plugIn, "plugIn");
    return balancer((builder, client) -> plugIn.accept(builder));
  }

  /** Plugs in things that keep time or draw, such as most health policies. */
  public ClusterBuilder balancer(BiConsumer<BalancerBuilder, SimulatedClient> plugIn) {
    plugIns.add(requireNonNull(plugIn, "plugIn"));
    return this;
  }

  /** When requests arrive, for all clients together. */
  public ClusterBuilder arrivals(Arrivals arrivals) {
    this.arrivals = requireNonNull(arrivals, "arrivals");
    return this;
  }

  /** How many requests arrive after the warm-up: from 1 to 1e9. Instead of a duration. */
  public ClusterBuilder requests(long requests) {
    expect(requests >= 1 && requests <= 1_000_000_000, "requests", requests, "1..1000000000");
    this.requests = requests;
    return this;
  }

  /** For how long requests arrive after the warm-up: up to 365 days. Instead of a number. */
  public ClusterBuilder duration(Duration duration) {
    checkTime("duration", duration, MIN_TIME);
    this.duration = duration;
    return this;
  }

  /** For how long requests arrive that are not counted. By default 0; up to 365 days. */
  public ClusterBuilder warmUp(Duration warmUp) {
    checkTime("warmUp", warmUp, Duration.ZERO);
    this.warmUp = warmUp;
    return this;
  }

  /** How long a client waits for one attempt, from a microsecond on. By default without end. */
  public ClusterBuilder timeout(Duration timeout) {
    checkTime("timeout", timeout, MIN_TIME);
    this.timeout = timeout;
    return this;
  }

  /**
   * How often a request may be tried, at once and elsewhere, when an attempt fails. By default 1;
   * at most 100.
   */
  public ClusterBuilder attempts(int attempts) {
    expect(attempts >= 1 && attempts <= 100, "attempts", attempts, "1..100");
    this.attempts = attempts;
    return this;
  }

  /**
   * How wide the spans of time are in the result. By default a second; they double for as long as
   * there would be more than 512.
   */
  public ClusterBuilder bucket(Duration width) {
    checkTime("bucket", width, MIN_TIME);
    this.bucket = width;
    return this;
  }

  /**
   * Something that happens at a time of at least 0, counted from the end of the warm-up. What
   * happens at the same time happens in the order of these calls.
   */
  public ClusterBuilder at(Duration time, Change change) {
    checkTime("time", time, Duration.ZERO);
    script.add(new Cluster.Step(time, requireNonNull(change, "change")));
    return this;
  }

  /**
   * The cluster.
   *
   * @throws IllegalStateException if servers or arrivals are missing, or there is not exactly one
   *     of a number of requests and a duration
   * @throws IllegalArgumentException if the script names a server that does not exist
   */
  public Cluster build() {
    if (servers.isEmpty()) {
      throw new IllegalStateException("servers: not set (expected: at least one server)");
    }
    if (arrivals == null) {
      throw new IllegalStateException("arrivals: not set (expected: when requests arrive)");
    }
    if ((requests == 0) == (duration == null)) {
      throw new IllegalStateException(
          "requests: "
              + (requests == 0 ? "not set" : requests)
              + ", duration: "
              + (duration == null ? "not set" : duration)
              + " (expected: one of the two)");
    }
    return new Cluster(this, arrivals, newcomers());
  }

  private Map<String, Server> newcomers() {
    Map<String, Server> newcomers = new LinkedHashMap<>();
    for (Cluster.Step step : script) {
      String name = step.change().server();
      Server kind = step.change().newcomer();
      if (name != null && kind != null) {
        expectHost(name);
        boolean isNew = !servers.containsKey(name) && newcomers.put(name, kind) == null;
        expect(isNew, "at", step, "a name that is not taken");
      }
    }
    for (Cluster.Step step : script) {
      String name = step.change().server();
      boolean known = name == null || servers.containsKey(name) || newcomers.containsKey(name);
      expect(known, "at", step, "one of the cluster's servers");
    }
    return Collections.unmodifiableMap(newcomers);
  }

  /** Lets the endpoint say what is wrong with a name. */
  private static void expectHost(String name) {
    Endpoint.builder(name, 1).build();
  }

  private static void checkTime(String setting, Duration time, Duration least) {
    Expect.expectTime(setting, time, least, MAX_TIME);
  }
}
