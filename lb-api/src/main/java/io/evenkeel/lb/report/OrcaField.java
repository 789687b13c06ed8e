package io.evenkeel.lb.report;

import org.jspecify.annotations.Nullable;

/** The fields of the message, with their numbers. */
enum OrcaField {
  CPU_UTILIZATION(1, false, "cpu_utilization", "cpuUtilization"),
  MEM_UTILIZATION(2, false, "mem_utilization", "memUtilization"),
  RPS(3, false, "rps", "rps"),
  REQUEST_COST(4, true, "request_cost", "requestCost"),
  UTILIZATION(5, true, "utilization", "utilization"),
  RPS_FRACTIONAL(6, false, "rps_fractional", "rpsFractional"),
  EPS(7, false, "eps", "eps"),
  NAMED_METRICS(8, true, "named_metrics", "namedMetrics"),
  APPLICATION_UTILIZATION(9, false, "application_utilization", "applicationUtilization");

  private static final OrcaField[] ALL = values();

  final boolean isMap;
  private final int number;
  private final String name;
  private final String jsonName;

  OrcaField(int number, boolean isMap, String name, String jsonName) {
    this.number = number;
    this.isMap = isMap;
    this.name = name;
    this.jsonName = jsonName;
  }

  /** The field of this number, or null if the message has none. */
  static @Nullable OrcaField of(int number) {
    for (OrcaField field : ALL) {
      if (field.number == number) {
        return field;
      }
    }
    return null;
  }

  /** The field of this name, in either spelling; null if the message has none. */
  static @Nullable OrcaField named(String name) {
    for (OrcaField field : ALL) {
      if (field.name.equals(name) || field.jsonName.equals(name)) {
        return field;
      }
    }
    return null;
  }

  @Override
  public String toString() {
    return name;
  }
}
