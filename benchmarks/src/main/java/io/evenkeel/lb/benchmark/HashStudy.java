package io.evenkeel.lb.benchmark;

import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.EndpointSet;
import io.evenkeel.lb.RequestContext;
import io.evenkeel.lb.Strategy;
import io.evenkeel.lb.strategy.JumpHash;
import io.evenkeel.lb.strategy.Maglev;
import io.evenkeel.lb.strategy.Rendezvous;
import io.evenkeel.lb.strategy.RingHash;
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

/** How even hashing strategies are, how many keys they move, and what they cost to build. */
public final class HashStudy implements Study {
  private static final com.sun.management.ThreadMXBean THREADS =
      (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();

  private static final int[] SIZES = {10, 100, 1000};
  private static final int KEYS = 1_000_000;
  private static final int KEYS_OF_QUICK = 200_000;
  private static final int BUILDS = 15;

  private static final Map<String, Strategy> STRATEGIES = new LinkedHashMap<>();

  static {
    STRATEGIES.put("ring, 100 points", RingHash.ofPoints(100));
    STRATEGIES.put("ring, 160 points", RingHash.ofDefaults());
    STRATEGIES.put("ring, 1000 points", RingHash.ofPoints(1000));
    STRATEGIES.put("Maglev, 65537 slots", Maglev.ofDefaults());
    STRATEGIES.put("rendezvous", Rendezvous.of());
    STRATEGIES.put("jump", JumpHash.of(endpoint -> endpoint.port() - 1));
  }

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
   * @param peak keys of the busiest node, beside the mean; chance alone gives more than 1
   * @param left keys that move when the last node leaves, beside those that it had
   * @param joined keys that move when a node joins, beside those that it gets
   * @param millis to build a selector
   * @param bytes that this allocates, without what the balancer itself does
   */
  record Row(
      String strategy,
      int nodes,
      double peak,
      double left,
      double joined,
      double millis,
      long bytes) {}

  @Override
  public void run(Path results, Machine machine, boolean quick) throws IOException {
    int looked = keys > 0 ? keys : quick ? KEYS_OF_QUICK : KEYS;
    List<Row> rows = new ArrayList<>();
    for (int nodes : SIZES) {
      STRATEGIES.forEach((name, strategy) -> rows.add(row(name, strategy, nodes, looked)));
      System.out.println("hash: " + nodes + " nodes");
    }
    String page = markdown(machine, rows, looked);
    Files.writeString(results.resolve("hash.md"), page);
    Json.write(results.resolve("hash.json"), machine, rows);
    System.out.println(page);
  }

  private static Row row(String name, Strategy strategy, int nodes, int keys) {
    EndpointSet all = endpoints(nodes);
    EndpointSet less = endpoints(nodes - 1);
    EndpointSet more = endpoints(nodes + 1);
    ManualSource source = new ManualSource();
    source.publish(all);
    try (Balancer balancer = Balancer.builder("hash").source(source).strategy(strategy).build()) {
      int[] before = places(balancer, keys);
      source.publish(less);
      int[] after = places(balancer, keys);
      double left = (double) moved(before, after) / count(before, nodes);
      source.publish(more);
      int[] grown = places(balancer, keys);
      double joined = (double) moved(before, grown) / count(grown, nodes + 1);
      double fastest = Double.POSITIVE_INFINITY;
      for (int i = 0; i < BUILDS; i++) {
        long began = System.nanoTime();
        source.publish(i % 2 == 0 ? all : more);
        fastest = Math.min(fastest, (System.nanoTime() - began) / 1e6);
      }
      return new Row(
          name,
          nodes,
          peak(before, nodes),
          left,
          joined,
          fastest,
          bytes(strategy, all, more) - bytes(RoundRobin.of(), all, more));
    }
  }

  private static long bytes(Strategy strategy, EndpointSet one, EndpointSet other) {
    ManualSource source = new ManualSource();
    source.publish(one);
    try (Balancer balancer = Balancer.builder("hash").source(source).strategy(strategy).build()) {
      long fewest = Long.MAX_VALUE;
      for (int i = 0; i < 5; i++) {
        EndpointSet next = i % 2 == 0 ? other : one;
        fewest = Math.min(fewest, bytes(source, next));
      }
      return balancer.endpoints().isEmpty() ? 0 : fewest;
    }
  }

  private static long bytes(ManualSource source, EndpointSet set) {
    long before = THREADS.getCurrentThreadAllocatedBytes();
    source.publish(set);
    return THREADS.getCurrentThreadAllocatedBytes() - before;
  }

  private static EndpointSet endpoints(int count) {
    List<Endpoint> endpoints = new ArrayList<>();
    for (int port = 1; port <= count; port++) {
      endpoints.add(Endpoint.builder("10.0.0.1", port).build());
    }
    return EndpointSet.of(endpoints);
  }

  private static int[] places(Balancer balancer, int keys) {
    int[] places = new int[keys];
    for (int i = 0; i < keys; i++) {
      long affinity = (i + 1) * 0x9e3779b97f4a7c15L;
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

  private static double peak(int[] places, int nodes) {
    int[] counts = new int[nodes + 1];
    int peak = 0;
    for (int place : places) {
      peak = Math.max(peak, ++counts[place]);
    }
    return (double) peak * nodes / places.length;
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

  /** What the laws say, where they give a figure: peak over mean, and keys moved over the least. */
  private static String expected(Row row) {
    return switch (row.strategy()) {
      case "ring, 100 points" ->
          row.nodes() == 10 ? "peak 1.16" : row.nodes() == 100 ? "peak 1.27" : "";
      case "ring, 1000 points" ->
          row.nodes() == 10 ? "peak 1.05" : row.nodes() == 100 ? "peak 1.08" : "";
      case "Maglev, 65537 slots" ->
          row.nodes() == 10 ? "moves 1.02" : row.nodes() == 100 ? "moves 1.6" : "";
      default -> "moves 1";
    };
  }

  private static String markdown(Machine machine, List<Row> rows, int keys) {
    Table table =
        new Table(
            List.of(
                "",
                "nodes",
                "peak",
                "moved, one leaves",
                "moved, one joins",
                "build, ms",
                "KiB",
                "law, without chance"));
    rows.forEach(row -> table.row(cells(row)));
    return "# hash\n\n"
        + machine.markdown()
        + String.format(
            Locale.ROOT,
            "%n%d keys. *peak*: keys of the busiest node, beside the mean; with n nodes and even"
                + " shares chance alone makes it about 1 + sqrt(2 ln(n) n / keys). *moved*: keys"
                + " that change their node, beside those that must. *build*: from a new set to the"
                + " choice by it.%n%n",
            keys)
        + table;
  }

  private static List<String> cells(Row row) {
    return List.of(
        row.strategy(),
        Integer.toString(row.nodes()),
        String.format(Locale.ROOT, "%.3f", row.peak()),
        String.format(Locale.ROOT, "%.2f", row.left()),
        String.format(Locale.ROOT, "%.2f", row.joined()),
        String.format(Locale.ROOT, "%.2f", row.millis()),
        Long.toString(row.bytes() / 1024),
        expected(row));
  }
}
