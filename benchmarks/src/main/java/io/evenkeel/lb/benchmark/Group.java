package io.evenkeel.lb.benchmark;

import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What is measured together, in one file of results. */
enum Group {
  /** What README shows, small enough to be measured in full; only when it is asked for. */
  MAIN(
      "BaselineBenchmark.(clock|cursor|randomIndex|guavaJump)$|ChooseBenchmark.select$|PeerBenchmark",
      "",
      List.of("10", "1000"),
      List.of("Baseline.cursor")),
  CHOOSE(
      "BaselineBenchmark.(cursor|randomIndex|table|guavaJump)|ChooseBenchmark.select$",
      "BaselineBenchmark.(cursor|randomIndex|table|guavaJump)|ChooseBenchmark",
      List.of("10", "1000"),
      List.of("Baseline.cursor", "Baseline.randomIndex")),
  /** What sharing a balancer costs, small enough as well; only when it is asked for. */
  THREADS(
      "BaselineBenchmark.cursor|ChooseBenchmark.select$",
      "BaselineBenchmark.cursor|ChooseBenchmark",
      List.of("10"),
      List.of(
          Group.ONE_THREAD, "Choose.selectUnshared", "Baseline.cursor", "Baseline.cursorModulo")),
  PEERS(
      "BaselineBenchmark.(cursor$|randomIndex)|PeerBenchmark",
      "",
      List.of("100"),
      List.of(Group.OURS, "Baseline.cursor")),
  ACCOUNT(
      "BaselineBenchmark.(clock|twoClocks|sharedAdd|ownAdd)|AccountBenchmark",
      "BaselineBenchmark.(clock|twoClocks|sharedAdd|ownAdd)|AccountBenchmark.(own|shared|lease)",
      List.of("10"),
      List.of("Baseline.twoClocks", "Baseline.ownAdd")),
  RESILIENCE(
      "ResilienceBenchmark", "ResilienceBenchmark", List.of(), List.of("Resilience.bareCall")),
  FAILOVER(
      "FailoverBenchmark",
      "FailoverBenchmark.(call|decorators)$",
      List.of(),
      List.of("Failover.decorators")),
  OKHTTP("OkHttpBenchmark", "", List.of(), List.of("OkHttp.plainCall", "OkHttp.plainStub")),
  REBUILD("RebuildBenchmark", "", List.of("1000"), List.of("Rebuild.indexById"));

  /** The baseline that is the same choice by us, for rows of other libraries. */
  static final String OURS = "ours";

  /** The baseline that is the same by one thread. */
  static final String ONE_THREAD = "one thread";

  /** What is measured in others too, and so only when it is asked for. */
  static final List<Group> PARTS = List.of(MAIN, THREADS);

  private static final String ENDPOINTS = "endpoints";

  private static final String[] CORE = {
    "ROUND_ROBIN",
    "WEIGHTED_ROUND_ROBIN",
    "WEIGHTED_ROUND_ROBIN_PRIMES",
    "RANDOM",
    "LEAST_REQUESTS",
    "TWO_CHOICES_IN_FLIGHT",
    "TWO_CHOICES_PEAK_EWMA",
    "IDLE_FIRST",
    "RING_HASH",
    "MAGLEV",
    "BOUNDED_MAGLEV",
    "STICKY_SESSIONS",
    "HOT_COLD"
  };

  private static final String[] SHOWN = {
    "ROUND_ROBIN",
    "WEIGHTED_ROUND_ROBIN",
    "RANDOM",
    "WEIGHTED_RANDOM",
    "LEAST_REQUESTS",
    "LEAST_REQUESTS_ALL_BUSY",
    "TWO_CHOICES_IN_FLIGHT",
    "TWO_CHOICES_PEAK_EWMA",
    "IDLE_FIRST",
    "IDLE_FIRST_ALL_BUSY",
    "RING_HASH",
    "MAGLEV",
    "BOUNDED_MAGLEV",
    "RENDEZVOUS",
    "JUMP_HASH"
  };

  private static final String[] SHOWN_PEERS = {
    "VERTX_ROUND_ROBIN",
    "VERTX_TWO_CHOICES",
    "VERTX_LEAST_REQUESTS",
    "ARMERIA_WEIGHTED_ROUND_ROBIN",
    "GRPC_RING_HASH"
  };

  private final String oneThread;
  private final String twoThreads;

  @SuppressWarnings("ImmutableEnumChecker") // made by List.of
  private final List<String> sizes;

  @SuppressWarnings("ImmutableEnumChecker") // made by List.of
  private final List<String> baselines;

  Group(String oneThread, String twoThreads, List<String> sizes, List<String> baselines) {
    this.oneThread = oneThread;
    this.twoThreads = twoThreads;
    this.sizes = sizes;
    this.baselines = baselines;
  }

  /** Which benchmarks to run on so many threads; empty for none. */
  String include(int threads) {
    return threads == 1 ? oneThread : twoThreads;
  }

  /** What parameters of the benchmarks to measure with, where it is not all that they have. */
  Map<String, String[]> some(int threads, boolean quick) {
    if (this == MAIN) {
      return Map.of("policy", SHOWN, "peer", SHOWN_PEERS, ENDPOINTS, sizes.toArray(new String[0]));
    }
    if (this == THREADS) {
      return Map.of(ENDPOINTS, sizes.toArray(new String[0]));
    }
    Map<String, String[]> some = new HashMap<>();
    if (quick && !sizes.isEmpty()) {
      some.put(ENDPOINTS, threads == 1 ? sizes.toArray(new String[0]) : new String[] {"10"});
    }
    if (quick && this == CHOOSE && threads > 1) {
      some.put("policy", CORE);
    } else if (quick && this == ACCOUNT) {
      some.put("policy", new String[] {"TWO_CHOICES_PEAK_EWMA", "IDLE_FIRST", "MAGLEV"});
    }
    return some;
  }

  /**
   * Which rows of the table the others are compared with: their names, {@link #OURS} or {@link
   * #ONE_THREAD}.
   */
  List<String> baselines() {
    return baselines;
  }

  /** The name on the command line and of the files. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
