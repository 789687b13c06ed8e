package io.evenkeel.lb.benchmark;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** What is measured together, in one file of results. */
enum Group {
  CHOOSE(
      "BaselineBenchmark|ChooseBenchmark.select$",
      "BaselineBenchmark|ChooseBenchmark",
      List.of("Baseline.cursor", "Baseline.randomIndex", "Baseline.clock")),
  ACCOUNT(
      "BaselineBenchmark.(clock|twoClocks|sharedAdd|ownAdd)|AccountBenchmark",
      "BaselineBenchmark.(clock|twoClocks|sharedAdd|ownAdd)|AccountBenchmark.(own|shared|lease)",
      List.of("Baseline.twoClocks", "Baseline.ownAdd")),
  OKHTTP("OkHttpBenchmark", "", List.of("OkHttp.plainCall")),
  REBUILD("RebuildBenchmark", "", List.of("Rebuild.indexById"));

  private final String oneThread;
  private final String twoThreads;

  @SuppressWarnings("ImmutableEnumChecker") // made by List.of
  private final List<String> baselines;

  Group(String oneThread, String twoThreads, List<String> baselines) {
    this.oneThread = oneThread;
    this.twoThreads = twoThreads;
    this.baselines = baselines;
  }

  /** The group of this name. */
  static Optional<Group> named(String name) {
    return Arrays.stream(values()).filter(group -> group.toString().equals(name)).findFirst();
  }

  /** Which benchmarks to run on so many threads; empty for none. */
  String include(int threads) {
    return threads == 1 ? oneThread : twoThreads;
  }

  /** Which rows of the table the others are compared with. */
  List<String> baselines() {
    return baselines;
  }

  /** The name on the command line and of the files. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
