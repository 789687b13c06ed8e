package io.evenkeel.lb.benchmark.boot;

import io.evenkeel.lb.benchmark.Table;
import io.evenkeel.lb.benchmark.boot.shop.StartProcess;
import io.evenkeel.lb.benchmark.fault.Verdict;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** How long the application takes to start with the starter and without, and what it then holds. */
final class StartCost {
  private static final long LIMIT_SECONDS = 60;
  private static final double MOST_MILLIS = 150;
  private static final double MOST_MEGABYTES = 10;

  private static final String READY = "readyMillis";
  private static final String MEMORY = "heapAndMetaspaceMegabytes";
  private static final String OURS = "hasEvenkeel";

  private StartCost() {}

  static Section run(boolean quick) throws IOException, InterruptedException {
    int rounds = quick ? 2 : 15;
    Map<ClassPath, List<Measured>> runs = new EnumMap<>(ClassPath.class);
    // The first of each reads its jars from the disk, and does not count.
    for (int round = 0; round <= rounds; round++) {
      for (ClassPath classPath : inTurn(round)) {
        Measured run = run(classPath);
        System.out.printf(
            "  start %s, %d of %d: %s ms, %s MB%n",
            classPath, round, rounds, Table.number(run.of(READY)), Table.number(run.of(MEMORY)));
        if (round > 0) {
          runs.computeIfAbsent(classPath, key -> new ArrayList<>()).add(run);
        }
      }
    }
    return section(
        runs.getOrDefault(ClassPath.WITHOUT, List.of()),
        runs.getOrDefault(ClassPath.WITH, List.of()));
  }

  /** Neither is always the one that runs after the other. */
  private static List<ClassPath> inTurn(int round) {
    return round % 2 == 0
        ? List.of(ClassPath.WITHOUT, ClassPath.WITH)
        : List.of(ClassPath.WITH, ClassPath.WITHOUT);
  }

  private static Measured run(ClassPath classPath) throws IOException, InterruptedException {
    Measured run = Jvm.run(LIMIT_SECONDS, classPath.text(), StartProcess.class, List.of());
    boolean ours = run.of(OURS) == 1;
    if (ours != (classPath == ClassPath.WITH)) {
      throw new IOException(classPath + ": " + (ours ? "has the starter" : "has no starter"));
    }
    return run.without(OURS);
  }

  /**
   * @param without figures of one run after the other
   * @param with the same with the starter: each run beside the one in the same place
   */
  static Section section(List<Measured> without, List<Measured> with) {
    Measured before = Measured.median(without);
    Measured after = Measured.median(with);
    Measured more =
        Measured.median(
            IntStream.range(0, Math.min(without.size(), with.size()))
                .mapToObj(run -> with.get(run).minus(without.get(run)))
                .toList());
    Verdict.Figures figures = new Verdict.Figures();
    Table table = new Table(List.of("figure", "without", "with", "more"));
    for (String name : before.names()) {
      figures.add("without: " + name, before.of(name)).add("with: " + name, after.of(name));
      table.row(
          List.of(
              name,
              Table.number(before.of(name)),
              Table.number(after.of(name)),
              Table.number(more.of(name))));
    }
    figures.atMost(MOST_MILLIS, "more " + READY, more.of(READY));
    figures.atMost(MOST_MEGABYTES, "more " + MEMORY, more.of(MEMORY));
    return new Section(
        "The application with Tomcat and one service, whose endpoints start-up waits for, in a"
            + " process of its own each time: from when the JVM began until the application was"
            + " ready; what is live after a full collection. Medians of runs in turn, and of the"
            + " differences between two that were neighbours.",
        figures.of("start"),
        table);
  }
}
