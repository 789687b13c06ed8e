package io.evenkeel.lb.benchmark.fault;

import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.EndpointSource;
import io.evenkeel.lb.health.Health;
import io.evenkeel.lb.health.probe.ActiveProbe;
import io.evenkeel.lb.health.probe.HealthProbe;
import io.evenkeel.lb.health.probe.TcpProbe;
import io.evenkeel.lb.okhttp.OkHttpHealthProbe;
import io.evenkeel.lb.testkit.ProcessorTicks;
import io.evenkeel.lb.testkit.rig.LoadResult;
import io.evenkeel.lb.testkit.rig.OpenLoopLoad;
import io.evenkeel.lb.testkit.rig.ServerProcess;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import okhttp3.OkHttpClient;

/** What knowing the health of endpoints costs, and what it must not do. */
final class Checks {
  private static final long SEED = 20_261_121;
  private static final int BALANCERS = 100;
  private static final int ENDPOINTS = 50;
  private static final int PROBED = 1000;

  /** So many times the cost of probes is measured, and so many more where others disturb that. */
  private static final int SPELLS = 4;

  private static final com.sun.management.OperatingSystemMXBean SYSTEM =
      ManagementFactory.getPlatformMXBean(com.sun.management.OperatingSystemMXBean.class);

  private Checks() {}

  /** Each health path changes its mind every half second, or not, as a coin says. */
  static Verdict.Figures flapping(Pace pace) throws InterruptedException {
    try (FaultRig rig = FaultRig.start(pace)) {
      int seconds = pace.quick() ? 20 : 60;
      OpenLoopLoad.Builder load = rig.load(Duration.ofSeconds(seconds));
      SplittableRandom random = new SplittableRandom(SEED);
      for (int i = 0; i < 2 * seconds; i++) {
        Duration at = Duration.ofMillis(500L * i);
        load.at(at, "flap " + i, () -> flap(rig.servers(), random));
      }
      LoadResult result = load.build().run(rig::send);
      double probes = 0;
      for (ServerProcess server : rig.servers()) {
        probes += server.requests("/health");
      }
      return new Verdict.Figures()
          .atMost(2, "changesOfAHostInAMinute", rig.watch().mostChanges())
          .atMost(0.001, "failedShare", (double) result.failures() / result.count())
          .add("probes", probes)
          .add("p999Millis", Deaths.millis(result.quantile(0.999).toNanos()))
          .add("starved", result.starved());
    }
  }

  private static void flap(List<ServerProcess> servers, SplittableRandom random) {
    for (ServerProcess server : servers) {
      server.health(random.nextBoolean() ? 200 : 503);
    }
  }

  /**
   * Judged by the traffic alone: what probes cost depends on how often one asks. The bytes include
   * those of the addresses themselves, which are shown apart, too.
   */
  static Verdict.Figures idle(Pace pace) throws InterruptedException {
    int servers = Faults.SERVERS;
    List<ServerProcess> started = ServerProcess.builder().start(servers);
    List<Balancer> balancers = new ArrayList<>();
    Health health = Health.ofDefaults();
    try {
      // The first one loads classes, which is not what is measured.
      balancer("first", health, endpoints(started)).close();
      int live = ManagementFactory.getThreadMXBean().getThreadCount();
      long before = used();
      List<List<Endpoint>> endpoints = new ArrayList<>();
      for (int i = 0; i < BALANCERS; i++) {
        endpoints.add(endpoints(started));
      }
      long addresses = used() - before;
      for (int i = 0; i < BALANCERS; i++) {
        balancers.add(balancer("idle-" + i, health, endpoints.get(i)));
      }
      // What is compiled and first probed is no idling.
      TimeUnit.SECONDS.sleep(pace.quick() ? 6 : 12);
      long bytes = used() - before;
      endpoints.clear();
      long cpu = SYSTEM.getProcessCpuTime();
      long begun = System.nanoTime();
      TimeUnit.SECONDS.sleep(pace.quick() ? 6 : 30);
      double cores = (double) (SYSTEM.getProcessCpuTime() - cpu) / (System.nanoTime() - begun);
      int more = ManagementFactory.getThreadMXBean().getThreadCount() - live;
      return new Verdict.Figures()
          .atMost(0.01, "cores", cores)
          .atMost(2, "threads", more)
          .atMost(1024, "bytesOfAnEndpoint", (double) bytes / (BALANCERS * ENDPOINTS))
          .add("bytesOfAnAddress", (double) addresses / (BALANCERS * ENDPOINTS));
    } finally {
      balancers.forEach(Balancer::close);
      started.forEach(ServerProcess::close);
    }
  }

  /**
   * A thousand endpoints, each at an address of its own and asked every five seconds. The cores are
   * this process's: servers have theirs.
   */
  static Verdict.Figures probes(Pace pace) throws InterruptedException {
    List<ServerProcess> servers = ServerProcess.builder().onAllAddresses().start(Faults.SERVERS);
    try (OkHttpHealthProbe http = OkHttpHealthProbe.of(new OkHttpClient(), "/health")) {
      return new Verdict.Figures()
          .atMost(0.05, "http", cores(http, servers, pace))
          .atMost(0.05, "tcp", cores(TcpProbe.of(), servers, pace));
    } finally {
      servers.forEach(ServerProcess::close);
    }
  }

  private static double cores(HealthProbe probe, List<ServerProcess> servers, Pace pace)
      throws InterruptedException {
    List<Endpoint> endpoints = new ArrayList<>();
    for (int i = 0; i < PROBED; i++) {
      String host = "127.1." + i / 250 + "." + (i % 250 + 1);
      endpoints.add(Endpoint.of(host, servers.get(i % servers.size()).port()));
    }
    // As many as in ten minutes: what applications run for days is compiled for good.
    asked(probe, endpoints, Duration.ofMillis(500), pace.quick() ? 20 : 60);
    return asked(probe, endpoints, Duration.ofSeconds(5), pace.quick() ? 15 : 60);
  }

  /** The cores that it takes to ask for some time; not a number unless all answer. */
  private static double asked(
      HealthProbe probe, List<Endpoint> endpoints, Duration interval, int seconds)
      throws InterruptedException {
    // Without traffic it would ask less often after a minute.
    ActiveProbe check =
        ActiveProbe.builder(probe).interval(interval).slowInterval(interval).build();
    try (Balancer balancer = balancer("probed", Health.builder().check(check).build(), endpoints)) {
      // Until it asks at its own pace.
      TimeUnit.NANOSECONDS.sleep(interval.toNanos());
      double cores = steadyCores(TimeUnit.SECONDS.toMillis(seconds) / SPELLS);
      boolean fit = balancer.nodes().stream().allMatch(node -> node.weight() == 1);
      return fit ? cores : Double.NaN;
    }
  }

  /**
   * The median of some spells, so that a compiler that wakes up in one of them does not count. Nor
   * do those in which others take the processors away, unless they all are like that.
   */
  private static double steadyCores(long spellMillis) throws InterruptedException {
    List<Double> disturbed = new ArrayList<>();
    List<Double> counted = new ArrayList<>();
    for (int i = 0; i < 2 * SPELLS && counted.size() < SPELLS; i++) {
      ProcessorTicks before = ProcessorTicks.read();
      long cpu = SYSTEM.getProcessCpuTime();
      long begun = System.nanoTime();
      TimeUnit.MILLISECONDS.sleep(spellMillis);
      double cores = (double) (SYSTEM.getProcessCpuTime() - cpu) / (System.nanoTime() - begun);
      boolean taken = ProcessorTicks.read().since(before).areTakenAway();
      (taken ? disturbed : counted).add(cores);
    }
    List<Double> all = counted.isEmpty() ? disturbed : counted;
    return all.stream().sorted().skip(all.size() / 2).findFirst().orElseThrow();
  }

  private static Balancer balancer(String name, Health health, List<Endpoint> endpoints) {
    return Balancer.builder(name)
        .source(EndpointSource.of(endpoints.toArray(Endpoint[]::new)))
        .health(health)
        .build();
  }

  private static List<Endpoint> endpoints(List<ServerProcess> servers) {
    List<Endpoint> endpoints = new ArrayList<>();
    for (int i = 0; i < ENDPOINTS; i++) {
      endpoints.add(servers.get(i % servers.size()).endpoint("e" + i));
    }
    return endpoints;
  }

  /** Bytes on the heap that are reachable, as far as collecting can tell. */
  private static long used() {
    Runtime runtime = Runtime.getRuntime();
    long least = Long.MAX_VALUE;
    for (int i = 0; i < 3; i++) {
      System.gc();
      least = Math.min(least, runtime.totalMemory() - runtime.freeMemory());
    }
    return least;
  }
}
