package io.evenkeel.lb.benchmark.boot;

import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.benchmark.Table;
import io.evenkeel.lb.benchmark.boot.shop.Incident;
import io.evenkeel.lb.benchmark.boot.shop.LoadProcess;
import io.evenkeel.lb.benchmark.fault.Verdict;
import io.evenkeel.lb.testkit.rig.OpenLoopLoad;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** The same load through the application in all its {@link Way}s, while something happens. */
final class LoadComparison {
  private static final long LIMIT_SECONDS = 90;
  private static final double MOST_STARVED = 0.1;

  private static final String P99 = "p99Millis";
  private static final String FAILED = "failed";
  private static final String STARVED = "starvedShare";
  private static final String BY_US = "chosenByEvenkeel";

  private LoadComparison() {}

  /** In turn, so that a machine that becomes slower does so to all. */
  static Section run(Incident incident, boolean quick) throws IOException, InterruptedException {
    int rounds = quick ? 1 : 3;
    int millis = quick ? 1500 : 8000;
    Map<Way, List<Measured>> runs = new EnumMap<>(Way.class);
    for (int round = 1; round <= rounds; round++) {
      for (Way way : Way.values()) {
        Measured run = run(incident, way, millis);
        System.out.printf(
            "  %s, %s, %d of %d: p99 %s ms, %s failed%n",
            incident,
            way.title(),
            round,
            rounds,
            Table.number(run.of(P99)),
            Table.number(run.of(FAILED)));
        runs.computeIfAbsent(way, key -> new ArrayList<>()).add(run);
      }
    }
    Map<Way, Measured> typical = new EnumMap<>(Way.class);
    runs.forEach((way, all) -> typical.put(way, typical(all)));
    return section(incident, typical);
  }

  private static Measured run(Incident incident, Way way, int millis)
      throws IOException, InterruptedException {
    Measured run =
        Jvm.run(
            LIMIT_SECONDS,
            way.classPath().text(OpenLoopLoad.class, Outcome.class),
            LoadProcess.class,
            List.of(way.application().getName(), incident.name(), Integer.toString(millis)));
    boolean byUs = run.of(BY_US) == 1;
    if (byUs != (way.classPath() == ClassPath.WITH)) {
      throw new IOException(way + ": chosen by " + (byUs ? "Evenkeel" : "Spring Cloud"));
    }
    return run.without(BY_US);
  }

  /** The median of each figure; of requests that failed, the most. */
  static Measured typical(List<Measured> runs) {
    double failed = runs.stream().mapToDouble(run -> run.of(FAILED)).max().orElse(Double.NaN);
    return Measured.median(runs).with(FAILED, failed);
  }

  static Section section(Incident incident, Map<Way, Measured> measured) {
    Measured theirs = measured.getOrDefault(Way.SPRING_CLOUD, Measured.nothing());
    Verdict.Figures figures = new Verdict.Figures();
    measured.forEach(
        (way, its) -> its.figures().forEach((name, value) -> figures.add(title(way, name), value)));
    measured.forEach(
        (way, its) -> {
          // Or else the machine was too slow for the load, and nothing of it means anything.
          figures.atMost(MOST_STARVED, title(way, STARVED), its.of(STARVED));
          if (way != Way.SPRING_CLOUD) {
            figures.atMost(theirs.of(P99), title(way, P99), its.of(P99));
            figures.atMost(most(incident, way, theirs), title(way, FAILED), its.of(FAILED));
          }
        });
    return new Section(words(incident), figures.of("load " + incident), table(measured, theirs));
  }

  private static String title(Way way, String figure) {
    return way.title() + ": " + figure;
  }

  /** The starter's client repeats a GET that a dead server got, so that none may fail. */
  private static double most(Incident incident, Way way, Measured theirs) {
    return incident == Incident.KILLED && way == Way.OWN ? 0 : theirs.of(FAILED);
  }

  private static String words(Incident incident) {
    return incident.words()
        + String.format(
            " An open loop of %.0f GETs a second; what happens does so after a third of the time."
                + " Latencies are of all requests, from when each was due. Medians of the runs; of"
                + " requests that failed, the most.",
            Incident.RATE);
  }

  private static Table table(Map<Way, Measured> measured, Measured theirs) {
    List<String> titles = new ArrayList<>(List.of("figure"));
    for (Way way : measured.keySet()) {
      titles.add(way.title());
      if (way != Way.SPRING_CLOUD) {
        titles.add("x Spring Cloud");
      }
    }
    Table table = new Table(titles);
    for (String name : theirs.names()) {
      List<String> row = new ArrayList<>(List.of(name));
      measured.forEach(
          (way, its) -> {
            row.add(Table.number(its.of(name)));
            if (way != Way.SPRING_CLOUD) {
              row.add(theirs.of(name) == 0 ? "" : Table.number(its.of(name) / theirs.of(name)));
            }
          });
      table.row(row);
    }
    return table;
  }
}
