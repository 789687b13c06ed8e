package io.evenkeel.lb.benchmark;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.results.format.ResultFormatFactory;
import org.openjdk.jmh.results.format.ResultFormatType;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;

/**
 * Runs groups of benchmarks and writes their results, as JSON and as a table. Started by {@code
 * benchmarks/run}, which names the directory for the results, the commit and the command.
 */
public final class BenchmarkRun {
  private static final int[] THREADS = {1, 2};

  private final Path results;
  private final Machine machine;
  private final boolean quick;

  private BenchmarkRun(Path results, Machine machine, boolean quick) {
    this.results = results;
    this.machine = machine;
    this.quick = quick;
  }

  /** Arguments: directory, commit, command, then {@code --quick} if wanted, then groups. */
  public static void main(String[] args) throws IOException, RunnerException {
    List<String> rest = new ArrayList<>(Arrays.asList(args).subList(3, args.length));
    boolean quick = rest.remove("--quick");
    BenchmarkRun run = new BenchmarkRun(Path.of(args[0]), Machine.of(args[1], args[2]), quick);
    Map<String, Measurement> all = run.measurements();
    try {
      all.keySet().retainAll(asked(all.keySet(), rest));
    } catch (IllegalArgumentException e) {
      System.err.println(e.getMessage());
      System.exit(2);
    }
    Files.createDirectories(run.results);
    for (Map.Entry<String, Measurement> each : all.entrySet()) {
      long began = System.nanoTime();
      each.getValue().run();
      long seconds = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - began);
      System.out.println("Group " + each.getKey() + " took " + seconds + " s");
    }
    // The libraries of peers leave threads of their own.
    System.exit(0);
  }

  /**
   * The groups to run: those asked for, or all that are no part of others.
   *
   * @throws IllegalArgumentException if one is not known
   */
  static Set<String> asked(Set<String> known, List<String> names) {
    for (String name : names) {
      if (!known.contains(name)) {
        throw new IllegalArgumentException(
            "group: " + name + " (expected: " + String.join(", ", known) + ")");
      }
    }
    if (!names.isEmpty()) {
      return Set.copyOf(names);
    }
    Set<String> all = new LinkedHashSet<>(known);
    Group.PARTS.forEach(part -> all.remove(part.toString()));
    return all;
  }

  /** All groups by their names. */
  private Map<String, Measurement> measurements() {
    Map<String, Measurement> all = new LinkedHashMap<>();
    for (Group group : Group.values()) {
      all.put(group.toString(), () -> measure(group));
    }
    for (Study study : ServiceLoader.load(Study.class)) {
      all.put(study.name(), () -> study.run(results, machine, quick));
    }
    return all;
  }

  private interface Measurement {
    void run() throws IOException, RunnerException;
  }

  private void measure(Group group) throws IOException, RunnerException {
    List<RunResult> measured = new ArrayList<>();
    for (int threads : THREADS) {
      if (!group.include(threads).isEmpty()) {
        measured.addAll(new Runner(options(group, threads).build()).run());
      }
    }
    Path json = results.resolve(group + ".json");
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (PrintStream out = new PrintStream(bytes, false, StandardCharsets.UTF_8)) {
      ResultFormatFactory.getInstance(ResultFormatType.JSON, out).writeOut(measured);
    }
    Json.write(json, machine, Json.withoutPaths(bytes.toByteArray()));
    String page = new Report(group, measured.stream().map(Row::of).toList()).markdown(machine);
    Path table = results.resolve(group + ".md");
    Files.writeString(table, page);
    System.out.println(page);
    System.out.println("Wrote " + json + " and " + table);
  }

  private ChainedOptionsBuilder options(Group group, int threads) {
    TimeValue time = quick ? TimeValue.milliseconds(100) : TimeValue.seconds(1);
    ChainedOptionsBuilder options = new OptionsBuilder();
    group.some(threads, quick).forEach(options::param);
    return options
        .include(group.include(threads))
        .threads(threads)
        .forks(quick ? 1 : 3)
        .warmupIterations(quick ? 4 : 2)
        .warmupTime(time)
        .measurementIterations(3)
        .measurementTime(time)
        .jvmArgs("-Xms1g", "-Xmx1g")
        .addProfiler(GCProfiler.class)
        .shouldFailOnError(true);
  }
}
