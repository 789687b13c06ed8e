package io.evenkeel.lb.benchmark;

import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.EndpointSet;
import io.evenkeel.lb.RequestContext;
import io.evenkeel.lb.Strategy;
import io.evenkeel.lb.strategy.RoundRobin;
import io.evenkeel.lb.testkit.ManualSource;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.function.ToDoubleFunction;

/** How even hashing strategies are, how many keys they move, and what they cost to build. */
public final class HashStudy implements Study {
  private static final com.sun.management.ThreadMXBean THREADS =
      (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();

  private static final int[] SIZES = {10, 100, 1000};
  private static final int SEEDS = 5;
  private static final int KEYS = 1_000_000;
  private static final int KEYS_OF_QUICK = 100_000;
  private static final int BUILDS = 15;

  private final int keys;

  /** For {@link java.util.ServiceLoader}. */
  public HashStudy() {
    this(0);
  }

  /**
   * @param keys how many to look at; 0 for as many as are usual
   */
  HashStudy(int keys) {
    this.keys = keys;
  }

  @Override
  public String name() {
    return "hash";
  }

  /**
   * @param busiest keys of the busiest node, beside the mean; chance alone gives more than 1
   * @param busiestByLaw the same as chance would have it
   * @param left keys that move when the last node leaves, beside those that it had
   * @param leftByLaw the same; NaN where no law is known
   * @param joined keys that move when a node joins, beside those that it gets
   * @param millis to build a selector
   * @param bytes that this allocates, without what the balancer itself does
   */
  record Row(
      Hash hash,
      int nodes,
      Sample busiest,
      Sample busiestByLaw,
      Sample left,
      double leftByLaw,
      Sample joined,
      double millis,
      long bytes) {}

  @Override
  public void run(Path results, Machine machine, boolean quick) throws IOException {
    int looked = keys > 0 ? keys : quick ? KEYS_OF_QUICK : KEYS;
    List<Row> rows = new ArrayList<>();
    for (int nodes : SIZES) {
      for (Hash hash : Hash.values()) {
        rows.add(row(hash, nodes, looked));
      }
      System.out.println("hash: " + nodes + " nodes");
    }
    String page = markdown(machine, rows, looked);
    Files.writeString(results.resolve("hash.md"), page);
    Json.write(results.resolve("hash.json"), machine, rows);
    Plots.bars(
        results.resolve("hash-busiest.png"),
        "Keys of the busiest node above the mean, in percent",
        Double.POSITIVE_INFINITY,
        bars(rows, row -> 100 * (row.busiest().mean() - 1)));
    Plots.bars(
        results.resolve("hash-moved.png"),
        "Keys that move when a node leaves, beside those that must",
        Double.POSITIVE_INFINITY,
        bars(rows, row -> row.left().mean()));
    System.out.println(page);
  }

  private static Map<String, Map<String, Double>> bars(
      List<Row> rows, ToDoubleFunction<Row> height) {
    Map<String, Map<String, Double>> bars = new LinkedHashMap<>();
    for (Row row : rows) {
      bars.computeIfAbsent(row.hash().toString(), hash -> new LinkedHashMap<>())
          .put(row.nodes() + " nodes", height.applyAsDouble(row));
    }
    return bars;
  }

  static Row row(Hash hash, int nodes, int keys) {
    List<Double> busiest = new ArrayList<>();
    List<Double> left = new ArrayList<>();
    List<Double> joined = new ArrayList<>();
    for (int seed = 1; seed <= SEEDS; seed++) {
      ManualSource source = new ManualSource();
      source.publish(endpoints(seed, nodes));
      try (Balancer balancer = balancer(source, hash.strategy())) {
        int[] before = places(balancer, seed, keys);
        busiest.add(busiest(before, nodes));
        source.publish(endpoints(seed, nodes - 1));
        left.add((double) moved(before, places(balancer, seed, keys)) / count(before, nodes));
        source.publish(endpoints(seed, nodes + 1));
        int[] grown = places(balancer, seed, keys);
        joined.add((double) moved(before, grown) / count(grown, nodes + 1));
      }
    }
    return new Row(
        hash,
        nodes,
        Sample.of(busiest),
        hash.busiest(nodes, keys),
        Sample.of(left),
        hash.moved(nodes),
        Sample.of(joined),
        millis(hash.strategy(), nodes),
        bytes(hash.strategy(), nodes) - bytes(RoundRobin.of(), nodes));
  }

  private static Balancer balancer(ManualSource source, Strategy strategy) {
    return Balancer.builder("hash").source(source).strategy(strategy).build();
  }

  private static double millis(Strategy strategy, int nodes) {
    return least(strategy, nodes, System::nanoTime) / 1e6;
  }

  private static long bytes(Strategy strategy, int nodes) {
    return least(strategy, nodes, THREADS::getCurrentThreadAllocatedBytes);
  }

  /** By how much a meter goes on, at least, from a new set to the choice by it. */
  private static long least(Strategy strategy, int nodes, LongSupplier meter) {
    EndpointSet one = endpoints(1, nodes);
    EndpointSet other = endpoints(1, nodes + 1);
    ManualSource source = new ManualSource();
    source.publish(one);
    try (Balancer balancer = balancer(source, strategy)) {
      long least = Long.MAX_VALUE;
      for (int i = 0; i < BUILDS; i++) {
        long before = meter.getAsLong();
        source.publish(i % 2 == 0 ? other : one);
        least = Math.min(least, meter.getAsLong() - before);
      }
      return balancer.endpoints().isEmpty() ? 0 : least;
    }
  }

  private static EndpointSet endpoints(int seed, int count) {
    List<Endpoint> endpoints = new ArrayList<>();
    for (int port = 1; port <= count; port++) {
      endpoints.add(Endpoint.builder("10.0.0." + seed, port).build());
    }
    return EndpointSet.of(endpoints);
  }

  private static int[] places(Balancer balancer, int seed, int keys) {
    int[] places = new int[keys];
    for (int i = 0; i < keys; i++) {
      long affinity = ((long) seed * keys + i) * 0x9e3779b97f4a7c15L;
      RequestContext context =
          new RequestContext() {
            @Override
            public long affinity() {
              return affinity;
            }
          };
      places[i] = balancer.select(context).endpoint().port();
    }
    return places;
  }

  private static double busiest(int[] places, int nodes) {
    int[] counts = new int[nodes + 1];
    int most = 0;
    for (int place : places) {
      most = Math.max(most, ++counts[place]);
    }
    return (double) most * nodes / places.length;
  }

  private static int count(int[] places, int place) {
    int count = 0;
    for (int each : places) {
      count += each == place ? 1 : 0;
    }
    return count;
  }

  private static int moved(int[] before, int[] after) {
    int moved = 0;
    for (int i = 0; i < before.length; i++) {
      moved += before[i] == after[i] ? 0 : 1;
    }
    return moved;
  }

  private static String markdown(Machine machine, List<Row> rows, int keys) {
    Table table =
        new Table(
            List.of(
                "",
                "nodes",
                "busiest",
                "by law",
                "moved, one leaves",
                "by law",
                "moved, one joins",
                "build, ms",
                "KiB"));
    rows.forEach(row -> table.row(cells(row)));
    return "# hash\n\n"
        + machine.markdown()
        + String.format(
            Locale.ROOT,
            """

            %d keys, %d times with other names and keys: the mean, ± the standard deviation of one time.
            *busiest*: keys of the busiest node, beside the mean. Chance alone gives more than 1, and *by law*
            is how much; the mean of %d times is within 2 / sqrt(%d) of its ± 19 times of 20.
            *moved*: keys that change their node, beside those that must. *build*: from a new set to the
            choice by it.

            """,
            keys,
            SEEDS,
            SEEDS,
            SEEDS)
        + table;
  }

  private static List<String> cells(Row row) {
    return List.of(
        row.hash().toString(),
        Integer.toString(row.nodes()),
        row.busiest().toString(),
        row.busiestByLaw().toString(),
        row.left().toString(),
        Double.isNaN(row.leftByLaw()) ? "" : new Sample(row.leftByLaw(), 0).toString(),
        row.joined().toString(),
        String.format(Locale.ROOT, "%.2f", row.millis()),
        Long.toString(row.bytes() / 1024));
  }
}
