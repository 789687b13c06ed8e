package io.evenkeel.lb.benchmark.boot;

import io.evenkeel.lb.benchmark.Table;
import io.evenkeel.lb.benchmark.fault.Verdict;
import java.util.List;

/**
 * A part of the report.
 *
 * @param words what was done
 * @param verdict what was measured, and what it may be at most
 * @param table of what was measured, to compare
 */
record Section(String words, Verdict verdict, Table table) {
  String markdown() {
    String title = verdict.name() + (verdict.pass() ? ": pass" : ": FAIL");
    return "## " + title + "\n\n" + words + "\n\n" + table + "\n" + bounds();
  }

  /** For the terminal. */
  String summary() {
    return verdict.name() + (verdict.pass() ? ": pass" : ": FAIL") + "\n" + table + bounds();
  }

  private Table bounds() {
    Table bounds = new Table(List.of("bound", "measured", "at most", ""));
    verdict
        .bounds()
        .forEach(
            (name, most) -> {
              double value = verdict.figures().getOrDefault(name, Double.NaN);
              bounds.row(
                  List.of(
                      name, Table.number(value), Table.number(most), value <= most ? "yes" : "no"));
            });
    return bounds;
  }
}
