package io.evenkeel.lb.benchmark.boot;

import io.evenkeel.lb.benchmark.Machine;
import io.evenkeel.lb.benchmark.boot.shop.Incident;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Measures the starter, and writes what that has shown. Started by {@code benchmarks/spring}, which
 * names the directory for the results, the commit and the command. Exits with 0 only if all bounds
 * are kept.
 */
public final class BootRun {
  private BootRun() {}

  /** Arguments: directory, commit, command, then {@code --quick} if wanted, then parts. */
  public static void main(String[] args) throws Exception {
    List<String> rest = new ArrayList<>(Arrays.asList(args).subList(3, args.length));
    boolean quick = rest.remove("--quick");
    Map<String, Part> parts;
    try {
      parts = asked(rest, quick);
    } catch (IllegalArgumentException e) {
      System.err.println(e.getMessage());
      System.exit(2);
      return;
    }
    List<Section> sections = new ArrayList<>();
    for (Map.Entry<String, Part> part : parts.entrySet()) {
      System.out.println(part.getKey() + " ...");
      long begun = System.nanoTime();
      Section section = part.getValue().run(quick);
      long seconds = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - begun);
      System.out.println(section.summary() + seconds + " s\n");
      sections.add(section);
    }
    BootReport report = new BootReport(Machine.of(args[1], args[2]), List.copyOf(sections));
    report.write(Path.of(args[0]));
    System.exit(report.passes() ? 0 : 1);
  }

  /** Something that is measured on its own. */
  interface Part {
    Section run(boolean quick) throws Exception;
  }

  /**
   * What to measure, by name: what is asked for, or else all, or all that can be done soon.
   *
   * @throws IllegalArgumentException if a part is not known
   */
  static Map<String, Part> asked(List<String> names, boolean quick) {
    Map<String, Part> all = new LinkedHashMap<>();
    for (Incident incident : Incident.values()) {
      all.put(incident.toString(), soon -> LoadComparison.run(incident, soon));
    }
    all.put("start", StartCost::run);
    all.put("call", CallCost::run);
    for (String name : names) {
      if (!all.containsKey(name)) {
        throw new IllegalArgumentException(
            "part: " + name + " (expected: one of " + String.join(", ", all.keySet()) + ")");
      }
    }
    if (!names.isEmpty()) {
      all.keySet().retainAll(names);
    } else if (quick) {
      all.keySet().removeAll(List.of(Incident.WEAK.toString(), Incident.REFUSING.toString()));
    }
    return all;
  }
}
