package io.evenkeel.lb.benchmark.boot;

import static java.util.Objects.requireNonNull;

import io.evenkeel.lb.benchmark.Row;
import io.evenkeel.lb.benchmark.Table;
import io.evenkeel.lb.benchmark.boot.CallShop.Meters;
import io.evenkeel.lb.benchmark.fault.Verdict;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.Options;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/** What the starter adds to a call. */
final class CallCost {
  private static final double MOST_NANOS = 5000;
  private static final String NANOS = "nanos";
  private static final String FASTEST = "fastestNanos";
  private static final String BYTES = "bytes";

  private CallCost() {}

  /** Forks of all in turn, so that a machine that becomes slower does so to all. */
  static Section run(boolean quick) throws RunnerException {
    int rounds = quick ? 1 : 5;
    Map<String, List<Measured>> runs = new LinkedHashMap<>();
    for (int round = 1; round <= rounds; round++) {
      new Runner(options(quick))
          .run().stream()
              .map(Row::of)
              .forEach(
                  row ->
                      runs.computeIfAbsent(name(row), key -> new ArrayList<>()).add(figures(row)));
      System.out.printf("  calls, %d of %d%n", round, rounds);
    }
    Map<String, Measured> medians = new LinkedHashMap<>();
    runs.forEach((name, all) -> medians.put(name, Measured.median(all)));
    return section(medians);
  }

  private static Options options(boolean quick) {
    TimeValue time = TimeValue.milliseconds(quick ? 500 : 800);
    // It takes some hundred thousand calls until all of Spring's code is compiled.
    return new OptionsBuilder()
        .include("(Rest|Web)ClientBenchmark")
        .forks(1)
        .warmupIterations(quick ? 5 : 6)
        .warmupTime(time)
        .measurementIterations(3)
        .measurementTime(time)
        .jvmArgs("-Xms512m", "-Xmx512m")
        .addProfiler(GCProfiler.class)
        .shouldFailOnError(true)
        .verbosity(VerboseMode.SILENT)
        .build();
  }

  private static String name(Row row) {
    return name(row.name(), Meters.valueOf(requireNonNull(row.settings().get("meters"))));
  }

  private static String name(String benchmark, Meters meters) {
    return benchmark + " meters=" + meters.name().toLowerCase(Locale.ROOT);
  }

  private static Measured figures(Row row) {
    return Measured.nothing()
        .with(NANOS, row.score())
        .with(FASTEST, row.fastest())
        .with(BYTES, row.bytes());
  }

  /**
   * @param medians by the name of the benchmark, and of the figure
   */
  static Section section(Map<String, Measured> medians) {
    Verdict.Figures figures = new Verdict.Figures();
    medians.forEach(
        (name, its) ->
            its.figures().forEach((figure, value) -> figures.add(name + ": " + figure, value)));
    Table table = new Table(List.of("", "meters", "figure", "plain", "balanced", "more"));
    for (String client : List.of("RestClient", "WebClient")) {
      for (Meters meters : Meters.values()) {
        compare(client, meters, medians, figures, table);
      }
    }
    return new Section(
        "A GET through Spring Boot's own builder, answered from memory: without the starter's"
            + " beans, and balanced over ten endpoints with failover and health. Meters are those"
            + " of Spring Boot, and with the starter its own; calls to services are observed where"
            + " they are traced, and then cost one more observation. Medians of forks in turn.",
        figures.of("call"),
        table);
  }

  private static void compare(
      String client,
      Meters meters,
      Map<String, Measured> medians,
      Verdict.Figures figures,
      Table table) {
    Measured plain = medians.getOrDefault(name(client + ".plain", meters), Measured.nothing());
    Measured ours = medians.getOrDefault(name(client + ".balanced", meters), Measured.nothing());
    for (String figure : List.of(NANOS, FASTEST, BYTES)) {
      double before = plain.of(figure);
      double after = ours.of(figure);
      String words = meters.name().toLowerCase(Locale.ROOT);
      table.row(
          List.of(
              client,
              words,
              figure,
              Table.number(before),
              Table.number(after),
              Table.number(after - before)));
      String more = "more " + figure + " of " + client + " meters=" + words;
      if (client.equals("RestClient") && figure.equals(NANOS) && meters != Meters.OBSERVED) {
        figures.atMost(MOST_NANOS, more, after - before);
      } else {
        figures.add(more, after - before);
      }
    }
  }
}
