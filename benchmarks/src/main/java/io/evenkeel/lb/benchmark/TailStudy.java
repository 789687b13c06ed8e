package io.evenkeel.lb.benchmark;

import io.evenkeel.lb.testkit.cluster.ClusterResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * How long requests take in the simulator, by each strategy, in each scenario. The same on every
 * machine.
 */
public final class TailStudy implements Study {
  private static final int SEED = 1;
  private static final int QUICK_REQUESTS = 60_000;

  /** Not more: what happens once in a scenario would be lost among all others. */
  private static final int REQUESTS = 300_000;

  private static final Duration WARM_UP = Duration.ofSeconds(15);

  private final Duration warmUp;
  private final int requests;

  /** For {@link java.util.ServiceLoader}. */
  public TailStudy() {
    this(WARM_UP, 0);
  }

  /**
   * @param requests in each run; 0 for as many as are usual
   */
  TailStudy(Duration warmUp, int requests) {
    this.warmUp = warmUp;
    this.requests = requests;
  }

  @Override
  public String name() {
    return "tail";
  }

  /** A strategy in a scenario; times in ms. */
  record Row(
      TailScenario scenario,
      Contestant contestant,
      double mean,
      double p50,
      double p99,
      double p999,
      double failed) {
    static Row of(TailScenario scenario, Contestant contestant, ClusterResult result) {
      return new Row(
          scenario,
          contestant,
          result.mean().toNanos() / 1e6,
          millis(result, 50),
          millis(result, 99),
          millis(result, 99.9),
          (double) result.failed() / result.requests());
    }

    private static double millis(ClusterResult result, double percentage) {
      return result.latencyOfSuccesses().getValueAtPercentile(percentage) / 1e6;
    }
  }

  @Override
  public void run(Path results, Machine machine, boolean quick) throws IOException {
    int each = requests > 0 ? requests : quick ? QUICK_REQUESTS : REQUESTS;
    Map<TailScenario, List<Row>> tables = new EnumMap<>(TailScenario.class);
    for (TailScenario scenario : TailScenario.values()) {
      List<Row> rows = rows(scenario, each, SEED, Contestant.of(scenario));
      tables.put(scenario, rows);
      System.out.printf("tail: %s: best %s%n", scenario, rows.get(0).contestant());
    }
    String page = markdown(machine, tables);
    Files.writeString(results.resolve("tail.md"), page);
    Json.write(
        results.resolve("tail.json"),
        machine,
        tables.values().stream().flatMap(List::stream).toList());
    Plots.curves(
        results.resolve("tail-by-load.png"), "p99 of 100 equal servers", byLoad(tables), loads());
    Plots.bars(
        results.resolve("tail-by-scenario.png"),
        "p99 by scenario, beside the default",
        5,
        p99(tables));
    System.out.println(page);
  }

  /** By p99, the least first. */
  List<Row> rows(TailScenario scenario, int requests, long seed, Set<Contestant> contestants) {
    return contestants.parallelStream()
        .map(
            contestant ->
                Row.of(
                    scenario,
                    contestant,
                    contestant
                        .join(scenario.cluster())
                        .warmUp(warmUp)
                        .requests(requests)
                        .build()
                        .run(seed)))
        .sorted(Comparator.comparingDouble(Row::p99))
        .toList();
  }

  private static String markdown(Machine machine, Map<TailScenario, List<Row>> tables) {
    StringBuilder page = new StringBuilder("# tail\n\n").append(machine.markdown());
    page.append(
        """

        Times in ms, in the simulator: the same on every machine. *x default* is the p99 beside that of
        the default, *x floor* the mean beside one queue for all servers (M/M/n), which no dispatcher
        beats. Percentiles are over the requests that succeeded. In brackets is what knows more than a
        client does, or what nobody gets by default.
        """);
    tables.forEach(
        (scenario, rows) -> {
          double standard = find(rows, Contestant.DEFAULT).p99();
          page.append("\n## ").append(scenario).append("\n\n");
          Table table =
              new Table(
                  List.of("", "mean", "p50", "p99", "p99.9", "failed", "x default", "x floor"));
          rows.forEach(row -> table.row(cells(row, standard)));
          page.append(table);
        });
    return page.toString();
  }

  private static List<String> cells(Row row, double standard) {
    Contestant contestant = row.contestant();
    double floor = row.scenario().floor();
    return List.of(
        contestant.isFair() || contestant == Contestant.LEAST_EWMA
            ? contestant.toString()
            : "(" + contestant + ")",
        number(row.mean()),
        number(row.p50()),
        number(row.p99()),
        number(row.p999()),
        row.failed() == 0 ? "" : String.format(Locale.ROOT, "%.2f %%", 100 * row.failed()),
        String.format(Locale.ROOT, "%.2f", row.p99() / standard),
        floor == 0 ? "" : number(row.mean() / floor));
  }

  static Row find(List<Row> rows, Contestant contestant) {
    return rows.stream().filter(row -> row.contestant() == contestant).findFirst().orElseThrow();
  }

  private static List<Double> loads() {
    return Stream.of(TailScenario.values())
        .map(TailScenario::load)
        .filter(load -> load > 0)
        .toList();
  }

  private static Map<String, List<Double>> byLoad(Map<TailScenario, List<Row>> tables) {
    return series(tables, scenario -> scenario.load() > 0);
  }

  private static Map<String, List<Double>> series(
      Map<TailScenario, List<Row>> tables, Predicate<TailScenario> which) {
    Map<String, List<Double>> series = new LinkedHashMap<>();
    for (Contestant contestant : Contestant.values()) {
      if (contestant.isFair() || contestant == Contestant.SHARED_COUNTS) {
        series.put(
            contestant.toString(),
            tables.entrySet().stream()
                .filter(entry -> which.test(entry.getKey()))
                .map(entry -> find(entry.getValue(), contestant).p99())
                .toList());
      }
    }
    return series;
  }

  private static Map<String, Map<String, Double>> p99(Map<TailScenario, List<Row>> tables) {
    Map<String, Map<String, Double>> bars = new LinkedHashMap<>();
    for (Contestant contestant :
        List.of(
            Contestant.DEFAULT,
            Contestant.TWO_CHOICES_EWMA,
            Contestant.TWO_CHOICES,
            Contestant.LEAST_REQUESTS,
            Contestant.ROUND_ROBIN)) {
      Map<String, Double> values = new LinkedHashMap<>();
      tables.forEach(
          (scenario, rows) -> {
            if (scenario.load() == 0 || scenario == TailScenario.EQUAL_90) {
              values.put(
                  scenario.key().replace('_', ' '),
                  find(rows, contestant).p99() / find(rows, Contestant.DEFAULT).p99());
            }
          });
      bars.put(contestant.toString(), values);
    }
    return bars;
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, value < 100 ? "%.1f" : "%.0f", value);
  }
}
