package io.evenkeel.example;

import static java.util.Objects.requireNonNull;

import io.evenkeel.lb.Strategy;
import io.evenkeel.lb.health.Health;
import io.evenkeel.lb.health.probe.ActiveProbe;
import io.evenkeel.lb.health.probe.TcpProbe;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The command line of the demo. */
@Command(
    name = "examples/demo",
    sortOptions = false,
    usageHelpAutoWidth = true,
    versionProvider = Demo.Version.class,
    description = {
      "Sends HTTP requests through OkHttp and the balancer while servers turn slow, die and come"
          + " back, and then the same with plain round robin that knows no health.",
      "Without --endpoints it starts five servers of its own on loopback.%n"
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:it ran",
      "1:it could not run, no request succeeded, one failed while servers of its own were left, or"
          + " a killed server was found too late",
      "2:an argument is wrong",
      "130:interrupted; the summary is of what ran"
    })
final class Demo implements Callable<Integer> {
  private static final int SERVERS = 5;
  private static final int WARM_UP_SECONDS = 4;

  @Option(
      names = "--endpoints",
      paramLabel = "HOST:PORT,...",
      description =
          "Your servers. They get GET / at the given rate, and no faults; an answer below 500 other"
              + " than 429 counts as a success.")
  private @Nullable String endpoints;

  @Option(
      names = "--strategy",
      paramLabel = "NAME",
      defaultValue = Strategies.DEFAULT,
      description = "One of ${COMPLETION-CANDIDATES}.",
      completionCandidates = Strategies.Names.class)
  private String strategy = Strategies.DEFAULT;

  @Option(
      names = "--rate",
      paramLabel = "N",
      defaultValue = "500",
      description = "Requests per second, 1 to 20000 (default ${DEFAULT-VALUE}).")
  private String rate = "500";

  @Option(
      names = "--seconds",
      paramLabel = "N",
      defaultValue = "30",
      description = "Length of each of the two runs, 1 to 3600 (default ${DEFAULT-VALUE}).")
  private String seconds = "30";

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "1",
      description =
          "Fixes when requests are due and how long the servers take (default ${DEFAULT-VALUE}).")
  private String seed = "1";

  @Option(names = "--json", paramLabel = "FILE", description = "Write the figures as JSON.")
  private @Nullable String json;

  @Option(names = "--report", paramLabel = "FILE", description = "Write a page with charts.")
  private @Nullable String report;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Print this.")
  @SuppressWarnings("unused") // picocli acts on it
  private boolean help;

  @Option(
      names = {"-V", "--version"},
      versionHelp = true,
      description = "Print the version.")
  @SuppressWarnings("unused") // picocli acts on it
  private boolean version;

  @Spec private @Nullable CommandSpec spec;

  private final PrintStream out;
  private final Screen screen;
  private final CountDownLatch stop;

  /**
   * @param live whether {@code out} is a terminal that can redraw
   * @param stop ends the run early
   */
  Demo(PrintStream out, boolean live, CountDownLatch stop) {
    this.out = out;
    this.screen = new Screen(out, live);
    this.stop = stop;
  }

  /** Runs the program. */
  public static void main(String[] args) {
    CountDownLatch stop = new CountDownLatch(1);
    CountDownLatch finished = new CountDownLatch(1);
    // A Ctrl-C stops the run, and waits for its summary before the process ends.
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  stop.countDown();
                  awaitSummary(finished);
                }));
    boolean live = Boolean.getBoolean("demo.live");
    int status = commandLine(new Demo(System.out, live, stop), System.err).execute(args);
    finished.countDown();
    System.exit(status);
  }

  private static void awaitSummary(CountDownLatch finished) {
    try {
      finished.await(15, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** The command, which answers mistakes with one line. */
  static CommandLine commandLine(Demo demo, PrintStream err) {
    return new CommandLine(demo)
        .setOut(new PrintWriter(demo.out, true, StandardCharsets.UTF_8))
        .setParameterExceptionHandler(
            (e, args) -> {
              err.println(Text.oneLine(mistake(e)));
              return CommandLine.ExitCode.USAGE;
            })
        .setExecutionExceptionHandler(
            (e, commandLine, parsed) -> {
              err.println(Text.oneLine(String.valueOf(e.getMessage())));
              return CommandLine.ExitCode.SOFTWARE;
            });
  }

  /** What is wrong, with the option in front and what is expected behind. */
  private static String mistake(ParameterException e) {
    if (e instanceof CommandLine.UnmatchedArgumentException unmatched) {
      return unmatched.getUnmatched().get(0) + ": unknown (expected: an option, see --help)";
    }
    if (e instanceof CommandLine.OverwrittenOptionException twice
        && twice.getOverwritten() instanceof OptionSpec option) {
      return option.longestName() + ": given twice (expected: once)";
    }
    if (e instanceof CommandLine.MissingParameterException missing
        && missing.getMissing().get(0) instanceof OptionSpec option) {
      return option.longestName() + ": no value (expected: " + option.paramLabel() + ")";
    }
    return String.valueOf(e.getMessage());
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    Settings settings = settings();
    out.println(
        Text.format(
            "%d requests/s for %d s, first %s, then the same with %s",
            settings.rate(), settings.seconds(), settings.strategyName(), Strategies.BASELINE));
    Health health =
        Health.builder().recommendedDetectors().check(ActiveProbe.of(TcpProbe.of())).build();
    Figures ours = run(settings, settings.strategyName(), settings.strategy(), health);
    Figures baseline = null;
    if (stop.getCount() > 0) {
      Strategy roundRobin = Strategies.of(Strategies.BASELINE);
      baseline = run(settings, Strategies.BASELINE, roundRobin, null);
    }
    Summary.of(settings, ours, baseline).forEach(screen::say);
    write(settings.json(), Json.of(ours, baseline));
    if (settings.report() != null) {
      write(settings.report(), Report.of(settings, ours, baseline));
    }
    return stop.getCount() == 0 || isAsExpected(settings, ours) ? 0 : 1;
  }

  /** Of servers that are not ours nobody knows whether one was left. */
  private static boolean isAsExpected(Settings settings, Figures ours) {
    return ours.succeeded() > 0
        && !(settings.ownServers() && Loss.of(ours).isFault())
        && Reaction.of(ours, settings.rate()).stream().noneMatch(Reaction::isTooLate);
  }

  private Figures run(Settings settings, String name, Strategy strategy, @Nullable Health health)
      throws IOException, InterruptedException {
    out.println();
    if (!settings.ownServers()) {
      Stage given = Stage.of(settings.endpoints());
      return new Trial(settings, given, List.of(), WARM_UP_SECONDS, screen, stop)
          .run(name, strategy, health);
    }
    screen.say("starting " + SERVERS + " servers");
    try (Stage fleet = Fleet.start(SERVERS, settings.seed())) {
      return new Trial(settings, fleet, Fault.script(), WARM_UP_SECONDS, screen, stop)
          .run(name, strategy, health);
    }
  }

  private Settings settings() {
    try {
      return Settings.of(strategy, endpoints, rate, seconds, seed, json, report);
    } catch (IllegalArgumentException e) {
      CommandSpec command = requireNonNull(spec);
      throw new ParameterException(command.commandLine(), e.getMessage(), e);
    }
  }

  private void write(@Nullable Path file, String text) throws IOException {
    if (file != null) {
      Files.writeString(file, text);
      screen.say("wrote " + file);
    }
  }

  /** The version in the jar's manifest. */
  static final class Version implements CommandLine.IVersionProvider {
    @Override
    public String[] getVersion() {
      String version = Demo.class.getPackage().getImplementationVersion();
      return new String[] {"Evenkeel demo " + (version == null ? "(not packaged)" : version)};
    }
  }
}
