package io.evenkeel.lb.benchmark.fault;

import io.evenkeel.lb.benchmark.Machine;
import io.evenkeel.lb.benchmark.Table;
import java.util.List;

/** What is written of the scenarios: JSON for machines, and a page of Markdown. */
record FaultReport(Machine machine, double rate, List<Verdict> scenarios) {
  boolean passes() {
    return scenarios.stream().allMatch(Verdict::pass);
  }

  String markdown() {
    StringBuilder text = new StringBuilder("# faults\n\n").append(machine.markdown());
    text.append("- ").append(Table.number(rate)).append(" requests/s\n\n");
    text.append("Five servers in processes of their own, ");
    text.append(Faults.SERVICE_TIME.toMillis()).append(" ms a request; an open loop; the default");
    text.append(" strategy; attempts time out after ");
    text.append(Faults.ATTEMPT_TIMEOUT.toMillis())
        .append(" ms; no retries, unless a scenario says");
    text.append(" so: then the deadline is ").append(Faults.DEADLINE.toMillis()).append(" ms.");
    text.append(" A figure must be at most its bound.\n");
    for (Verdict verdict : scenarios) {
      text.append("\n## ").append(verdict.name()).append(verdict.pass() ? ": pass" : ": FAIL");
      text.append("\n\n").append(sentence(verdict)).append("\n\n").append(table(verdict));
      if (!verdict.failures().isEmpty()) {
        text.append("\nThe first requests that failed:\n\n");
        verdict.failures().forEach(failure -> text.append("- ").append(failure).append('\n'));
      }
    }
    return text.append(Beside.of(scenarios)).toString();
  }

  private static String sentence(Verdict verdict) {
    String fault = Scenario.asked(List.of(verdict.name())).get(0).fault();
    return Character.toUpperCase(fault.charAt(0)) + fault.substring(1) + ".";
  }

  private static Table table(Verdict verdict) {
    Table table = new Table(List.of("figure", "measured", "at most", ""));
    verdict
        .own()
        .forEach(
            (name, value) -> {
              Double bound = verdict.bounds().get(name);
              String kept = bound == null ? "" : value <= bound ? "yes" : "no";
              table.row(
                  List.of(
                      name, Table.number(value), bound == null ? "" : Table.number(bound), kept));
            });
    return table;
  }

  /** For the terminal: one line, and one for each request that is shown. */
  static String line(Verdict verdict) {
    StringBuilder line = new StringBuilder(verdict.pass() ? "pass" : "FAIL");
    verdict
        .figures()
        .forEach(
            (name, value) -> {
              Double bound = verdict.bounds().get(name);
              line.append(line.length() == 4 ? "  " : ", ").append(name).append(' ');
              line.append(Table.number(value));
              if (bound != null) {
                line.append(value <= bound ? " <= " : " > ").append(Table.number(bound));
              }
            });
    verdict.failures().forEach(failure -> line.append(String.format("%n    ")).append(failure));
    return line.toString();
  }
}
