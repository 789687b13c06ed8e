package io.evenkeel.lb.benchmark;

import static io.evenkeel.lb.testkit.cluster.Change.failsFast;
import static io.evenkeel.lb.testkit.cluster.Change.joins;
import static io.evenkeel.lb.testkit.cluster.Change.leaves;
import static io.evenkeel.lb.testkit.cluster.Change.recovers;
import static io.evenkeel.lb.testkit.cluster.Change.slows;

import io.evenkeel.lb.testkit.cluster.Arrivals;
import io.evenkeel.lb.testkit.cluster.Cluster;
import io.evenkeel.lb.testkit.cluster.ClusterBuilder;
import io.evenkeel.lb.testkit.cluster.Server;
import io.evenkeel.lb.testkit.cluster.ServiceTime;
import java.time.Duration;
import java.util.Locale;
import java.util.SplittableRandom;

/**
 * A cluster to try strategies on. Service times are exponential, with a mean of 10 ms at full
 * speed; each server has a queue of its own. Where speeds differ, servers have weights to match,
 * and all report how loaded they are; strategies may go by that or not.
 */
enum TailScenario {
  EQUAL_70("100 equal servers, load 0.7"),
  EQUAL_80("100 equal servers, load 0.8"),
  EQUAL_90("100 equal servers, load 0.9"),
  EQUAL_95("100 equal servers, load 0.95"),
  EQUAL_97("100 equal servers, load 0.97"),
  EQUAL_99("100 equal servers, load 0.99"),
  HUNDREDS("400 equal servers, load 0.9"),
  TEN_EQUAL("10 equal servers, load 0.9"),
  TEN_CLIENTS("100 equal servers, load 0.9, 10 clients that do not know of each other"),
  HUNDRED_CLIENTS("100 equal servers, load 0.9, 100 clients that do not know of each other"),
  SPEEDS("50 servers at full, 30 at half, 20 at a fifth of full speed, load 0.85"),
  SPEEDS_OF_HUNDREDS("200 servers at full, 120 at half, 80 at a fifth of full speed, load 0.85"),
  SPEEDS_OF_TEN("5 servers at full, 3 at half, 2 at a fifth of full speed, load 0.85"),
  ONE_SLOW("10 servers of 8 slots, load 0.7; one turns 10 times slower"),
  ANTAGONISTS("20 servers of 4 slots, load 0.7; each is 4 times slower now and then"),
  FAILING_FAST("10 servers of 8 slots, load 0.7; one fails 9 of 10 requests at once"),
  COLD("10 servers of 8 slots, load 0.8; one more joins, 20 times slower for 3 s"),
  TWO_ZONES("10 servers of 8 slots and a client in each of two zones 2 ms apart, load 0.7"),
  ZONE_SHORT("The same; 4 of the 10 servers in one of the zones leave");

  private static final double PER_SECOND = 100;
  private static final Duration SOON = Duration.ofSeconds(5);
  private static final int SEED = 20_261_121;

  private final String text;

  TailScenario(String text) {
    this.text = text;
  }

  /** The cluster, to which a strategy and an end are to be added. */
  ClusterBuilder cluster() {
    return switch (this) {
      case EQUAL_70, EQUAL_80, EQUAL_90, EQUAL_95, EQUAL_97, EQUAL_99 -> equal(100, 1, load());
      case HUNDREDS -> equal(400, 1, 0.9);
      case TEN_EQUAL -> equal(10, 1, 0.9);
      case TEN_CLIENTS -> equal(100, 1, 0.9).clients(10);
      case HUNDRED_CLIENTS -> equal(100, 1, 0.9).clients(100);
      case SPEEDS -> speeds(10);
      case SPEEDS_OF_HUNDREDS -> speeds(40);
      case SPEEDS_OF_TEN -> speeds(1);
      case ONE_SLOW ->
          equal(10, 8, 0.7).at(SOON, slows("s3", 10)).at(Duration.ofSeconds(25), recovers("s3"));
      case ANTAGONISTS -> antagonists(equal(20, 4, 0.7));
      case FAILING_FAST -> equal(10, 8, 0.7).at(SOON, failsFast("s3", 0.9));
      case COLD ->
          equal(10, 8, 0.8)
              .at(SOON, joins("cold", server(8, 1)))
              .at(SOON, slows("cold", 20))
              .at(Duration.ofSeconds(8), recovers("cold"));
      case TWO_ZONES -> zones();
      case ZONE_SHORT ->
          zones()
              .at(SOON, leaves("s7"))
              .at(SOON, leaves("s8"))
              .at(SOON, leaves("s9"))
              .at(SOON, leaves("s10"));
    };
  }

  boolean hasZones() {
    return this == TWO_ZONES || this == ZONE_SHORT;
  }

  /** The load of those with equal servers and one client, which are those of the curve; else 0. */
  double load() {
    return name().startsWith("EQUAL_") ? Integer.parseInt(name().substring(6)) / 100.0 : 0;
  }

  /** The mean time of one queue for all servers, in ms; 0 where servers or loads are not equal. */
  double floor() {
    return switch (this) {
      case EQUAL_70, EQUAL_80, EQUAL_90, EQUAL_95, EQUAL_97, EQUAL_99 ->
          10 * CentralQueue.mean(100, load());
      case TEN_CLIENTS, HUNDRED_CLIENTS -> 10 * CentralQueue.mean(100, 0.9);
      case HUNDREDS -> 10 * CentralQueue.mean(400, 0.9);
      case TEN_EQUAL -> 10 * CentralQueue.mean(10, 0.9);
      default -> 0;
    };
  }

  private static ClusterBuilder equal(int servers, int slots, double load) {
    return Cluster.builder()
        .servers(servers, server(slots, 1))
        .arrivals(Arrivals.poisson(load * servers * slots * PER_SECOND));
  }

  private static ClusterBuilder zones() {
    return Cluster.builder()
        .servers(10, server(8, 1).zone("a"))
        .servers(10, server(8, 1).zone("b"))
        .clients(2)
        .clientZones("a", "b")
        .betweenZones(Duration.ofMillis(2))
        .arrivals(Arrivals.poisson(0.7 * 2 * 10 * 8 * PER_SECOND));
  }

  private static ClusterBuilder speeds(int times) {
    double capacity = 6.9 * times;
    return Cluster.builder()
        .servers(5 * times, server(1, 1))
        .servers(3 * times, server(1, 0.5))
        .servers(2 * times, server(1, 0.2))
        .arrivals(Arrivals.poisson(0.85 * capacity * PER_SECOND));
  }

  private static ClusterBuilder antagonists(ClusterBuilder cluster) {
    SplittableRandom random = new SplittableRandom(SEED);
    for (int server = 1; server <= 20; server++) {
      double at = 20 * random.nextDouble();
      while (at < 600) {
        cluster.at(Duration.ofNanos((long) (at * 1e9)), slows("s" + server, 4));
        double until = at + 1 + random.nextDouble();
        cluster.at(Duration.ofNanos((long) (until * 1e9)), recovers("s" + server));
        at = until + 5 + 10 * random.nextDouble();
      }
    }
    return cluster;
  }

  private static Server server(int slots, double speed) {
    Duration mean = Duration.ofNanos(Math.round(1e9 / PER_SECOND / speed));
    return Server.ofSlots(slots).serviceTime(ServiceTime.exponential(mean)).weight(speed).reports();
  }

  /** The name in files. */
  String key() {
    return name().toLowerCase(Locale.ROOT);
  }

  @Override
  public String toString() {
    return text;
  }
}
