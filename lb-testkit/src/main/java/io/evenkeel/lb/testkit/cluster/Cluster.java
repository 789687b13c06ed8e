package io.evenkeel.lb.testkit.cluster;

import io.evenkeel.lb.BalancerBuilder;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
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
 *   <li>Time passes while a request waits for a slot, while it is served, and on the way between
 *       zones.
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
  private final Map<String, Server> servers;
  private final Map<String, Server> newcomers;
  private final int clients;
  private final List<String> clientZones;
  private final Duration betweenZones;
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

  Cluster(ClusterBuilder builder, Arrivals arrivals, Map<String, Server> newcomers) {
    this.servers = Collections.unmodifiableMap(new LinkedHashMap<>(builder.servers));
    this.newcomers = newcomers;
    this.clients = builder.clients;
    this.clientZones = builder.clientZones;
    this.betweenZones = builder.betweenZones;
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
  public static ClusterBuilder builder() {
    return new ClusterBuilder();
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

  /** Where a client is; null if nowhere. */
  @Nullable String zone(int client) {
    return clientZones.isEmpty() ? null : clientZones.get((client - 1) % clientZones.size());
  }

  long betweenZonesNanos() {
    return betweenZones.toNanos();
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
        + Report.of(servers)
        + ", clients="
        + clients
        + (clientZones.isEmpty() ? "" : " in " + clientZones + ", " + betweenZones + " apart")
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

  /** A change and its time. */
  record Step(Duration time, Change change) {
    @Override
    public String toString() {
      return time + " " + change;
    }
  }
}
