package io.evenkeel.lb.benchmark.fault;

import io.evenkeel.lb.benchmark.Json;
import io.evenkeel.lb.benchmark.Machine;
import io.evenkeel.lb.testkit.Pauses;
import io.evenkeel.lb.testkit.ProcessorTicks;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.ServiceLoader;
import java.util.concurrent.TimeUnit;

/**
 * Runs scenarios and writes what they have shown. Started by {@code benchmarks/faults}, which names
 * the directory for the results, the commit and the command. Exits with 0 only if all pass.
 */
public final class FaultRun {
  /**
   * Delays that are not ours. Where they are long enough to fail a request, a scenario that has
   * failed says nothing, and is run again; how often is one of its figures.
   */
  private static final String STOLEN = "processorsStolenPercent";

  private static final long LONGEST_PAUSE_NANOS = Faults.ATTEMPT_TIMEOUT.toNanos() / 2;
  private static final String RUNS = "runs";
  private static final int MOST_RUNS = 3;

  private FaultRun() {}

  /**
   * Arguments: directory, commit, command, then {@code --quick} and {@code --peers} if wanted, then
   * scenarios. With {@code --peers} the clients of other libraries that are on the class path go
   * through the same; what they do has no bounds, and no say in the exit code.
   */
  public static void main(String[] args) throws IOException, InterruptedException {
    List<String> rest = new ArrayList<>(Arrays.asList(args).subList(3, args.length));
    boolean quick = rest.remove("--quick");
    List<Peer> peers = rest.remove("--peers") ? peers() : List.of();
    List<Scenario> scenarios;
    try {
      scenarios = Scenario.asked(rest);
    } catch (IllegalArgumentException e) {
      System.err.println(e.getMessage());
      System.exit(2);
      return;
    }
    Pace pace = Pace.of(quick);
    System.out.printf("%.0f requests/s%n", pace.rate());
    List<Verdict> verdicts = new ArrayList<>();
    for (Scenario scenario : scenarios) {
      System.out.println(scenario + ": " + scenario.fault() + " ...");
      verdicts.add(verdict(scenario, pace, peers));
    }
    FaultReport report =
        new FaultReport(Machine.of(args[1], args[2]), pace.rate(), List.copyOf(verdicts));
    Path results = Path.of(args[0]);
    Files.createDirectories(results);
    write(results, report);
    System.exit(report.passes() ? 0 : 1);
  }

  private static Verdict verdict(Scenario scenario, Pace pace, List<Peer> peers)
      throws InterruptedException {
    for (int run = 1; ; run++) {
      long begun = System.nanoTime();
      ProcessorTicks before = ProcessorTicks.read();
      // Looking for pauses takes a thread that wakes up all the time.
      Pauses.Moment begin = scenario.bearsPauses() ? null : Pauses.now();
      Verdict found = scenario.run(pace, peers);
      ProcessorTicks ticks = ProcessorTicks.read().since(before);
      double stolen = ticks.stolenPercent();
      long pause = begin == null ? 0 : Pauses.since(begin).nanos();
      Verdict verdict = found.with(STOLEN, stolen).with(RUNS, run);
      long seconds = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - begun);
      System.out.println("  " + FaultReport.line(verdict) + " (" + seconds + " s)");
      boolean disturbed = ticks.areTakenAway() || pause > LONGEST_PAUSE_NANOS;
      if (verdict.pass() || !disturbed || run == MOST_RUNS) {
        return verdict;
      }
      System.out.printf(
          "  again: others had %.1f %% of the processors, and nothing ran for %d ms%n",
          stolen, TimeUnit.NANOSECONDS.toMillis(pause));
    }
  }

  /** By their names, so that each run has them in the same order. */
  private static List<Peer> peers() {
    return ServiceLoader.load(Peer.class).stream()
        .map(ServiceLoader.Provider::get)
        .sorted(Comparator.comparing(Peer::name))
        .toList();
  }

  static void write(Path results, FaultReport report) throws IOException {
    Path json = results.resolve("faults.json");
    Path page = results.resolve("faults.md");
    Json.write(json, report);
    Files.writeString(page, report.markdown());
    System.out.println("Wrote " + json + " and " + page);
  }
}
