package io.evenkeel.lb.benchmark;

import java.util.List;
import java.util.Locale;

/** What is measured together, in one file of results. */
enum Group {
  CHOOSE(
      "BaselineBenchmark|ChooseBenchmark.select$",
      "BaselineBenchmark|ChooseBenchmark",
      1000,
      List.of("Baseline.cursor", "Baseline.randomIndex")),
  PEERS(
      "BaselineBenchmark.(cursor$|randomIndex)|PeerBenchmark",
      "",
      1000,
      List.of(Group.OURS, "Baseline.cursor")),
  ACCOUNT(
      "BaselineBenchmark.(clock|twoClocks|sharedAdd|ownAdd)|AccountBenchmark",
      "BaselineBenchmark.(clock|twoClocks|sharedAdd|ownAdd)|AccountBenchmark.(own|shared|lease)",
      1000,
      List.of("Baseline.twoClocks", "Baseline.ownAdd")),
  RESILIENCE("ResilienceBenchmark", "ResilienceBenchmark", 0, List.of("Resilience.bareCall")),
  OKHTTP("OkHttpBenchmark", "", 0, List.of("OkHttp.plainCall", "OkHttp.plainStub")),
  REBUILD("RebuildBenchmark", "", 1000, List.of("Rebuild.indexById")),
  CHANGE("ChangeBenchmark", "", 1000, List.of("Change.nothing"));

  /** The baseline that is the same choice by us, for rows of other libraries. */
  static final String OURS = "ours";

  private static final String[] CORE = {
    "ROUND_ROBIN",
    "WEIGHTED_ROUND_ROBIN",
    "RANDOM",
    "LEAST_REQUESTS",
    "TWO_CHOICES_IN_FLIGHT",
    "TWO_CHOICES_PEAK_EWMA",
    "IDLE_FIRST",
    "RING_HASH",
    "MAGLEV",
    "BOUNDED_MAGLEV",
    "STICKY_SESSIONS"
  };

  private final String oneThread;
  private final String twoThreads;
  private final int largest;

  @SuppressWarnings("ImmutableEnumChecker") // made by List.of
  private final List<String> baselines;

  Group(String oneThread, String twoThreads, int largest, List<String> baselines) {
    this.oneThread = oneThread;
    this.twoThreads = twoThreads;
    this.largest = largest;
    this.baselines = baselines;
  }

  /** Which benchmarks to run on so many threads; empty for none. */
  String include(int threads) {
    return threads == 1 ? oneThread : twoThreads;
  }

  /**
   * The policies that are enough for a quick look with so many threads; empty where all are
   * measured, or the group has a choice of its own.
   */
  String[] someOf(int threads) {
    return this == ACCOUNT || (this == CHOOSE && threads > 1) ? CORE : new String[0];
  }

  /** The numbers of endpoints that are enough for a quick look with so many threads. */
  String[] extremes(int threads) {
    return threads == 1 ? new String[] {"10", Integer.toString(largest)} : new String[] {"10"};
  }

  /** Which rows of the table the others are compared with: their names, or {@link #OURS}. */
  List<String> baselines() {
    return baselines;
  }

  /** The name on the command line and of the files. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
