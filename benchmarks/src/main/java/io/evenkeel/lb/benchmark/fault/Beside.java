package io.evenkeel.lb.benchmark.fault;

import io.evenkeel.lb.benchmark.Table;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What others did in the same scenarios, as one table with ours. */
final class Beside {
  private Beside() {}

  /** A section in Markdown; empty if nobody else was measured. */
  static String of(List<Verdict> scenarios) {
    Set<String> others = new LinkedHashSet<>();
    for (Verdict verdict : scenarios) {
      verdict.figures().keySet().forEach(name -> others.addAll(before(name)));
    }
    if (others.isEmpty()) {
      return "";
    }
    List<String> titles = new ArrayList<>(List.of("scenario", "figure", "at most", "ours"));
    titles.addAll(others);
    Table table = new Table(titles);
    for (Verdict verdict : scenarios) {
      for (String figure : compared(verdict)) {
        List<String> row = new ArrayList<>(List.of(verdict.name(), figure));
        row.add(shown(verdict.bounds().get(figure)));
        row.add(shown(verdict.figures().get(figure)));
        others.forEach(
            other -> row.add(shown(verdict.figures().get(other + Verdict.BESIDE + figure))));
        table.row(row);
      }
    }
    return "\n## beside others\n\nThe same servers and loads. Bounds are for ours.\n\n" + table;
  }

  /** The figures that others have, too, in the order in which they come first. */
  private static Collection<String> compared(Verdict verdict) {
    Set<String> compared = new LinkedHashSet<>();
    for (String name : verdict.figures().keySet()) {
      int end = name.indexOf(Verdict.BESIDE);
      if (end >= 0) {
        compared.add(name.substring(end + Verdict.BESIDE.length()));
      }
    }
    return compared;
  }

  /** Whose figure it is; nobody's if it is ours. */
  private static List<String> before(String name) {
    int end = name.indexOf(Verdict.BESIDE);
    return end < 0 ? List.of() : List.of(name.substring(0, end));
  }

  private static String shown(@Nullable Double value) {
    return value == null ? "" : Table.number(value);
  }
}
