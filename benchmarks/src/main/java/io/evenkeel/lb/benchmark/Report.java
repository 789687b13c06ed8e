package io.evenkeel.lb.benchmark;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** The results of a group as a page of Markdown. */
final class Report {
  private final Group group;
  private final List<Row> rows;
  private final Set<String> settings = new LinkedHashSet<>();

  Report(Group group, List<Row> rows) {
    this.group = group;
    this.rows = rows;
    rows.forEach(row -> settings.addAll(row.settings().keySet()));
  }

  /** The page. */
  String markdown(Machine machine) {
    Table table = new Table(titles());
    rows.forEach(row -> table.row(cells(row)));
    return "# " + group + "\n\n" + machine.markdown() + "\n" + table;
  }

  private List<String> titles() {
    List<String> titles = new ArrayList<>();
    titles.add("benchmark");
    titles.addAll(settings);
    titles.addAll(List.of("threads", rows.isEmpty() ? "time" : rows.get(0).unit(), "fastest"));
    titles.add("B/op");
    for (String baseline : group.baselines()) {
      titles.add("x " + baseline);
    }
    return titles;
  }

  private List<String> cells(Row row) {
    List<String> cells = new ArrayList<>();
    cells.add(row.name());
    for (String setting : settings) {
      cells.add(readable(row.settings().getOrDefault(setting, "")));
    }
    cells.add(Integer.toString(row.threads()));
    cells.add(number(row.score()));
    cells.add(number(row.fastest()));
    cells.add(number(row.bytes()));
    for (String baseline : group.baselines()) {
      cells.add(ratio(row, baseline));
    }
    return cells;
  }

  private String ratio(Row row, String baseline) {
    return rows.stream()
        .filter(other -> other.isBaseline(baseline, row))
        .findFirst()
        .map(other -> number(row.fastest() / other.fastest()))
        .orElse("");
  }

  private static String readable(String setting) {
    return setting.toLowerCase(Locale.ROOT).replace('_', ' ');
  }

  private static String number(double value) {
    return Double.isNaN(value)
        ? ""
        : String.format(Locale.ROOT, value < 100 ? "%.2f" : "%.0f", value);
  }
}
