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

/**
 * A cluster to try things on: servers, clients that balance over them, and what happens to both. A
 * discrete-event simulator in virtual time that drives the real balancers; an hour takes seconds.
 *
 * <pre>{@code
 * ClusterResult result =
 *     Cluster.builder()
 *         .servers(10, Server.ofSlots(8).serviceTime(exponential(ofMillis(10))))
 *         .clients(3)
 *         .strategy(strategy)
 *         .arrivals(poisson(5000))
 *         .warmUp(ofSeconds(5))
 *         .duration(ofSeconds(60))
 *         .timeout(ofSeconds(1))
 *         .attempts(2)
 *         .at(ofSeconds(20), slows("s3", 10))
 *         .at(ofSeconds(40), recovers("s3"))
 *         .build()
 *         .run(42);
 * }</pre>
 *
 * <p>What it takes for granted:
 *
 * <ul>
 *   <li>Requests arrive whether or not others have been answered, each at a client drawn at random.
 *   <li>Time passes while a request waits for a slot and while it is served, and nowhere else.
 *   <li>A server does not know that a client has stopped waiting, and goes on working.
 *   <li>Time 0 is the end of the warm-up. What arrives before it is served and not counted.
 *   <li>After the last arrival the run goes on until every request has ended.
 * </ul>
 *
 * <p>The same seed gives an equal result, bit for bit, on every machine, as long as what is plugged
 * in draws and keeps time with what its {@link SimulatedClient} offers. A run stays on the thread
 * that calls it. Immutable; runs may go on side by side if what is plugged in can.
 */
public final class Cluster {
  private static final Duration MIN_TIME = Duration.ofNanos(1000);
  private static final Duration MAX_TIME = Duration.ofDays(365);

  private final Map<String, Server> servers;
  private final Map<String, Server> newcomers;
  private final int clients;
  private final List<BiConsumer<BalancerBuilder, SimulatedClient>> plugIns;
  private final String strategy;
  private final Arrivals arrivals;
  private final long requests;
  private final @Nullable Duration duration;
  private final Duration warmUp;
  private final @Nullable Duration timeout;
  private final int attempts;
  private final Duration bucket;
  private final List<Step> script;

  private Cluster(Builder builder, Arrivals arrivals, Map<String, Server> newcomers) {
    this.servers = Collections.unmodifiableMap(new LinkedHashMap<>(builder.servers));
    this.newcomers = newcomers;
    this.clients = builder.clients;
    this.plugIns = List.copyOf(builder.plugIns);
    this.strategy = builder.strategy;
    this.arrivals = arrivals;
    this.requests = builder.requests;
    this.duration = builder.duration;
    this.warmUp = builder.warmUp;
    this.timeout = builder.timeout;
    this.attempts = builder.attempts;
    this.bucket = builder.bucket;
    this.script = List.copyOf(builder.script);
  }

  /** Begins a cluster. */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * Runs it from start to end.
   *
   * @param seed decides all that is left to chance
   * @throws IllegalStateException if something plugged in gives what it must not, such as a
   *     negative service time, or if a balancer counts requests in flight when all have ended
   */
  public ClusterResult run(long seed) {
    return new Simulation(this, seed).run();
  }

  Map<String, Server> servers() {
    return servers;
  }

  /** Servers that the script brings. */
  Map<String, Server> newcomers() {
    return newcomers;
  }

  int clients() {
    return clients;
  }

  void configure(BalancerBuilder builder, SimulatedClient client) {
    plugIns.forEach(plugIn -> plugIn.accept(builder, client));
  }

  Arrivals arrivals() {
    return arrivals;
  }

  /** After how many requests arrivals end; 0 if they end at a time. */
  long requests() {
    return requests;
  }

  /** When arrivals end; {@link Long#MAX_VALUE} if they end after so many. */
  long durationNanos() {
    return duration == null ? Long.MAX_VALUE : duration.toNanos();
  }

  long warmUpNanos() {
    return warmUp.toNanos();
  }

  long timeoutNanos() {
    return timeout == null ? Attempt.NEVER : timeout.toNanos();
  }

  int attempts() {
    return attempts;
  }

  long bucketNanos() {
    return bucket.toNanos();
  }

  List<Step> script() {
    return script;
  }

  @Override
  public String toString() {
    return "Cluster[servers="
        + (servers.size() <= 10 ? servers : servers.size() + " from " + first(servers))
        + ", clients="
        + clients
        + ", strategy="
        + strategy
        + ", arrivals="
        + arrivals
        + (duration == null ? ", requests=" + requests : ", duration=" + duration)
        + ", warmUp="
        + warmUp
        + ", timeout="
        + (timeout == null ? "none" : timeout)
        + ", attempts="
        + attempts
        + ", script="
        + script
        + "]";
  }

  private static Map.Entry<String, Server> first(Map<String, Server> servers) {
    return servers.entrySet().iterator().next();
  }

  /** A change and its time. */
  record Step(Duration time, Change change) {
    @Override
    public String toString() {
      return time + " " + change;
    }
  }

  /** Builds a {@link Cluster}. Servers, arrivals and an end are required. Not thread-safe. */
  public static final class Builder {
    private final Map<String, Server> servers = new LinkedHashMap<>();
    private final List<BiConsumer<BalancerBuilder, SimulatedClient>> plugIns = new ArrayList<>();
    private final List<Step> script = new ArrayList<>();
    private int clients = 1;
    private String strategy = "recommended";
    private @Nullable Arrivals arrivals;
    private long requests;
    private @Nullable Duration duration;
    private Duration warmUp = Duration.ZERO;
    private @Nullable Duration timeout;
    private int attempts = 1;
    private Duration bucket = Duration.ofSeconds(1);

    private Builder() {}

    /** Adds servers of one kind. They are called s1, s2 and so on, in the order of all servers. */
    public Builder servers(int count, Server kind) {
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
    public Builder server(String name, Server kind) {
      Endpoint unused = requireNonNull(kind, "kind").endpoint(name, 1);
      expect(!servers.containsKey(name), "server", name, "a name that is not taken");
      expect(servers.size() < 10_000, "servers", servers.size() + 1, "at most 10000");
      servers.put(name, kind);
      return this;
    }

    /** How many clients there are, each with its own balancer: 1 to 10,000. By default 1. */
    public Builder clients(int clients) {
      expect(clients >= 1 && clients <= 10_000, "clients", clients, "1..10000");
      this.clients = clients;
      return this;
    }

    /** How each client chooses. By default as balancers do by default. */
    public Builder strategy(Strategy strategy) {
      this.strategy = requireNonNull(strategy, "strategy").toString();
      return balancer(builder -> builder.strategy(strategy));
    }

    /**
     * Plugs things into the balancer of each client, such as listeners or a panic threshold. Clock,
     * scheduler, chance and source are the cluster's own.
     */
    public Builder balancer(Consumer<BalancerBuilder> plugIn) {
      requireNonNull(plugIn, "plugIn");
      return balancer((builder, client) -> plugIn.accept(builder));
    }

    /** Plugs in things that keep time or draw, such as most health policies. */
    public Builder balancer(BiConsumer<BalancerBuilder, SimulatedClient> plugIn) {
      plugIns.add(requireNonNull(plugIn, "plugIn"));
      return this;
    }

    /** When requests arrive, for all clients together. */
    public Builder arrivals(Arrivals arrivals) {
      this.arrivals = requireNonNull(arrivals, "arrivals");
      return this;
    }

    /** How many requests arrive after the warm-up: from 1 to 1e9. Instead of a duration. */
    public Builder requests(long requests) {
      expect(requests >= 1 && requests <= 1_000_000_000, "requests", requests, "1..1000000000");
      this.requests = requests;
      return this;
    }

    /** For how long requests arrive after the warm-up: up to 365 days. Instead of a number. */
    public Builder duration(Duration duration) {
      checkTime("duration", duration, MIN_TIME);
      this.duration = duration;
      return this;
    }

    /** For how long requests arrive that are not counted. By default 0; up to 365 days. */
    public Builder warmUp(Duration warmUp) {
      checkTime("warmUp", warmUp, Duration.ZERO);
      this.warmUp = warmUp;
      return this;
    }

    /** How long a client waits for one attempt, from a microsecond on. By default without end. */
    public Builder timeout(Duration timeout) {
      checkTime("timeout", timeout, MIN_TIME);
      this.timeout = timeout;
      return this;
    }

    /**
     * How often a request may be tried, at once and elsewhere, when an attempt fails. By default 1;
     * at most 100.
     */
    public Builder attempts(int attempts) {
      expect(attempts >= 1 && attempts <= 100, "attempts", attempts, "1..100");
      this.attempts = attempts;
      return this;
    }

    /**
     * How wide the spans of time are in the result. By default a second; they double for as long as
     * there would be more than 512.
     */
    public Builder bucket(Duration width) {
      checkTime("bucket", width, MIN_TIME);
      this.bucket = width;
      return this;
    }

    /**
     * Something that happens at a time of at least 0, counted from the end of the warm-up. What
     * happens at the same time happens in the order of these calls.
     */
    public Builder at(Duration time, Change change) {
      checkTime("time", time, Duration.ZERO);
      script.add(new Step(time, requireNonNull(change, "change")));
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
      for (Step step : script) {
        String name = step.change().server();
        Server kind = step.change().newcomer();
        if (name != null && kind != null) {
          boolean isNew = !servers.containsKey(name) && newcomers.put(name, kind) == null;
          expect(isNew, "at", step, "a name that is not taken");
        }
      }
      for (Step step : script) {
        String name = step.change().server();
        boolean known = name == null || servers.containsKey(name) || newcomers.containsKey(name);
        expect(known, "at", step, "one of the cluster's servers");
      }
      return Collections.unmodifiableMap(newcomers);
    }

    private static void checkTime(String setting, Duration time, Duration least) {
      Expect.expectTime(setting, time, least, MAX_TIME);
    }
  }
}
