package io.evenkeel.lb.testkit.cluster;

import static java.util.Objects.requireNonNull;

import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.BalancerBuilder;
import io.evenkeel.lb.Outcome;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * One run of a cluster. Time 0 is the end of the warm-up.
 *
 * <p>Every component draws from a stream of its own that is split off the seed in a fixed order, so
 * that another server or client at the end of the line changes nothing for those before it.
 */
final class Simulation {
  private final Cluster cluster;
  private final long seed;
  private final Timeline timeline;
  private final Tally tally;
  private final Buckets buckets;
  private final Timeouts timeouts;
  private final SplittableRandom arrivalChance;
  private final List<LiveServer> servers = new ArrayList<>();
  private final Map<String, LiveServer> byName = new LinkedHashMap<>();
  private final Members members;
  private final List<Client> clients = new ArrayList<>();

  private ArrivalProcess arrivals;
  private long measured;
  private boolean arriving = true;
  private long duration;

  Simulation(Cluster cluster, long seed) {
    this.cluster = cluster;
    this.seed = seed;
    timeline = new Timeline(-cluster.warmUpNanos());
    tally = new Tally(timeline);
    buckets = new Buckets(cluster.bucketNanos());
    timeouts = new Timeouts(timeline, cluster.timeoutNanos());
    SplittableRandom root = new SplittableRandom(seed);
    arrivalChance = root.split();
    SplittableRandom serverChance = root.split();
    SplittableRandom clientChance = root.split();
    cluster.servers().forEach((name, kind) -> add(name, kind, serverChance.split()));
    List<LiveServer> atFirst = List.copyOf(servers);
    cluster.newcomers().forEach((name, kind) -> add(name, kind, serverChance.split()));
    members = new Members(servers, atFirst);
    for (int number = 1; number <= cluster.clients(); number++) {
      clients.add(client(number, clientChance.split()));
    }
    arrivals = new ArrivalProcess(cluster.arrivals());
  }

  private void add(String name, Server kind, SplittableRandom chance) {
    LiveServer server =
        new LiveServer(
            name,
            kind,
            kind.endpoint(name, servers.size() + 1),
            timeline,
            new ServerTally(buckets),
            chance);
    servers.add(server);
    byName.put(name, server);
  }

  private Client client(int number, SplittableRandom chance) {
    BalancerBuilder builder = Balancer.builder("client-" + number);
    SplittableRandom balancerChance = chance.split();
    Way way = new Way(timeline, cluster.zone(number), cluster.betweenZonesNanos());
    cluster.configure(
        builder,
        new SimulatedClient(
            number,
            timeline,
            timeline,
            chance,
            endpoint -> way.ask(servers.get(endpoint.port() - 1)),
            way.zone()));
    Balancer balancer =
        builder
            .source(members.source())
            .ticker(timeline)
            .scheduler(timeline)
            .random(balancerChance)
            .build();
    return new Client(balancer, servers, timeline, tally, cluster.attempts(), timeouts, way);
  }

  ClusterResult run() {
    cluster
        .script()
        .forEach(step -> timeline.at(step.time().toNanos(), () -> step.change().apply(this)));
    arrivals.next();
    while ((arriving || tally.open() > 0) && timeline.step()) {}
    // What is left waits for servers that hang, and for nothing that could still happen.
    servers.stream()
        .flatMap(server -> server.drop().stream())
        .forEach(attempt -> attempt.end(Outcome.CANCELLED));
    clients.forEach(Client::close);
    return new ClusterResult(
        cluster.toString(),
        seed,
        measured,
        tally,
        duration,
        buckets.width(),
        servers.stream().map(server -> server.result(tally.attempts(), duration)).toList());
  }

  LiveServer server(String name) {
    return requireNonNull(byName.get(name));
  }

  Members members() {
    return members;
  }

  void arriveAs(Arrivals other) {
    if (arriving) {
      arrivals.stop();
      arrivals = new ArrivalProcess(other);
      arrivals.next();
    }
  }

  private void arrive() {
    long now = timeline.read();
    Request request = new Request(now);
    if (request.isMeasured() && ++measured == cluster.requests()) {
      lastArrivalWasAt(now);
    } else {
      arrivals.next();
    }
    tally.began();
    clients.get((int) (arrivalChance.nextDouble() * clients.size())).send(request);
  }

  private void lastArrivalWasAt(long time) {
    arriving = false;
    duration = time;
    for (LiveServer server : servers) {
      server.account();
      server.tally().close();
    }
  }

  /**
   * Requests that arrive one after another until the run has enough or there is another process.
   */
  private final class ArrivalProcess implements Runnable {
    private final Arrivals kind;
    private boolean stopped;

    /** Kept as a fraction, so that rates are exact over time. */
    private double nextNanos;

    ArrivalProcess(Arrivals kind) {
      this.kind = kind;
      this.nextNanos = timeline.read();
    }

    void next() {
      double gap = kind.gapNanos(arrivalChance);
      if (!(gap >= 0 && gap < Double.POSITIVE_INFINITY)) {
        throw new IllegalStateException(
            "arrivals: a gap of " + gap + " ns (expected: >= 0 and finite, from " + kind + ")");
      }
      nextNanos += gap;
      long time = Math.round(nextNanos);
      timeline.at(Math.min(time, cluster.durationNanos()), this);
    }

    void stop() {
      stopped = true;
    }

    @Override
    public void run() {
      if (stopped) {
        return;
      }
      if (timeline.read() < cluster.durationNanos()) {
        arrive();
      } else {
        lastArrivalWasAt(cluster.durationNanos());
      }
    }
  }
}
