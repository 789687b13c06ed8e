package io.evenkeel.lb.report;

import io.evenkeel.lb.LoadReport;
import java.util.Collections;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * An ORCA load report (Open Request Cost Aggregation): the message {@code
 * xds.data.orca.v3.OrcaLoadReport}, which servers send with a response in one of these headers.
 * Immutable, equal by value. Numbers that were not sent are 0, as in the message.
 *
 * <pre>
 * endpoint-load-metrics: TEXT cpu_utilization=0.3,rps_fractional=120,named_metrics.queue=4
 * endpoint-load-metrics: JSON {"cpu_utilization": 0.3, "named_metrics": {"queue": 4}}
 * endpoint-load-metrics: BIN base64 of the message
 * endpoint-load-metrics-bin: base64 of the message
 * </pre>
 *
 * <p>The message has no fields for requests in flight and latency, by which clients that cannot see
 * one another choose. Two named metrics say them, so that there is one header for all:
 *
 * <pre>
 * endpoint-load-metrics: TEXT named_metrics.in_flight=7,named_metrics.latency_ms=12.5
 * </pre>
 */
public final class OrcaReport {
  /** The header with a report in one of the forms that begin with their name. */
  public static final String HEADER = "endpoint-load-metrics";

  /** The header with the message itself in base64. */
  public static final String BINARY_HEADER = "endpoint-load-metrics-bin";

  /**
   * The named metric that says how many requests the endpoint has taken and not answered, that of
   * the response included; a whole number from 0 on.
   */
  public static final String IN_FLIGHT = "in_flight";

  /** The named metric that says how many milliseconds it takes to answer a request; above 0. */
  public static final String LATENCY_MS = "latency_ms";

  /** The longest header value that is read, in characters. */
  public static final int MAX_LENGTH = 8 * 1024;

  private static final double NANOS_PER_MILLI = 1e6;

  private final double applicationUtilization;
  private final double cpuUtilization;
  private final double memoryUtilization;
  private final double queriesPerSecond;
  private final double errorsPerSecond;
  private final Map<String, Double> requestCost;
  private final Map<String, Double> utilization;
  private final Map<String, Double> namedMetrics;

  private OrcaReport(Draft draft) {
    applicationUtilization = draft.number(OrcaField.APPLICATION_UTILIZATION);
    cpuUtilization = draft.number(OrcaField.CPU_UTILIZATION);
    memoryUtilization = draft.number(OrcaField.MEM_UTILIZATION);
    double fractional = draft.number(OrcaField.RPS_FRACTIONAL);
    queriesPerSecond = fractional > 0 ? fractional : draft.number(OrcaField.RPS);
    errorsPerSecond = draft.number(OrcaField.EPS);
    requestCost = draft.map(OrcaField.REQUEST_COST);
    utilization = draft.map(OrcaField.UTILIZATION);
    namedMetrics = draft.map(OrcaField.NAMED_METRICS);
  }

  /**
   * Reads a value of {@value #HEADER}. What the message does not know is passed over; of a field
   * that comes twice the last counts. Never throws for what the value is.
   *
   * @param onProblem is told why a value cannot be read, in words that are safe to print
   * @return null if it cannot be read
   */
  public static @Nullable OrcaReport parse(String value, Consumer<String> onProblem) {
    return read(HEADER, value, onProblem, OrcaText::read);
  }

  /**
   * Reads a value of {@value #BINARY_HEADER}: otherwise as {@link #parse}.
   *
   * @return null if it cannot be read
   */
  public static @Nullable OrcaReport parseBinary(String value, Consumer<String> onProblem) {
    return read(BINARY_HEADER, value, onProblem, OrcaBinary::read);
  }

  private static @Nullable OrcaReport read(
      String header, String value, Consumer<String> onProblem, Form form) {
    String problem;
    Draft draft = new Draft();
    if (value.length() > MAX_LENGTH) {
      problem = value.length() + " characters (expected: at most " + MAX_LENGTH + ")";
    } else {
      problem = form.read(value, draft);
    }
    if (problem != null) {
      onProblem.accept(header + ": " + problem);
      return null;
    }
    return new OrcaReport(draft);
  }

  /** Which part of what bounds the application is in use; may exceed 1. */
  public double applicationUtilization() {
    return applicationUtilization;
  }

  /** Which part of the processors is in use; may exceed 1. */
  public double cpuUtilization() {
    return cpuUtilization;
  }

  /** Which part of the memory is in use. */
  public double memoryUtilization() {
    return memoryUtilization;
  }

  /** Requests in a second: {@code rps_fractional}, or else {@code rps}. */
  public double queriesPerSecond() {
    return queriesPerSecond;
  }

  /** Failed requests in a second. */
  public double errorsPerSecond() {
    return errorsPerSecond;
  }

  /** What this request has cost, by the names of the application. Unmodifiable. */
  public Map<String, Double> requestCost() {
    return requestCost;
  }

  /** Which part of other resources is in use, by their names. Unmodifiable. */
  public Map<String, Double> utilization() {
    return utilization;
  }

  /** Whatever else the application says. Unmodifiable. */
  public Map<String, Double> namedMetrics() {
    return namedMetrics;
  }

  /**
   * What strategies go by: the utilisation is the application's, or else that of the processors;
   * requests in flight and latency are the named metrics {@value #IN_FLIGHT} and {@value
   * #LATENCY_MS}.
   */
  public LoadReport load() {
    return LoadReport.builder()
        .utilization(applicationUtilization > 0 ? applicationUtilization : cpuUtilization)
        .queriesPerSecond(queriesPerSecond)
        .errorsPerSecond(errorsPerSecond)
        .inFlight((int) (double) namedMetrics.getOrDefault(IN_FLIGHT, -1.0))
        .latencyNanos((long) (namedMetrics.getOrDefault(LATENCY_MS, 0.0) * NANOS_PER_MILLI))
        .build();
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof OrcaReport that
        && applicationUtilization == that.applicationUtilization
        && cpuUtilization == that.cpuUtilization
        && memoryUtilization == that.memoryUtilization
        && queriesPerSecond == that.queriesPerSecond
        && errorsPerSecond == that.errorsPerSecond
        && requestCost.equals(that.requestCost)
        && utilization.equals(that.utilization)
        && namedMetrics.equals(that.namedMetrics);
  }

  @Override
  public int hashCode() {
    return Objects.hash(
        applicationUtilization, cpuUtilization, queriesPerSecond, errorsPerSecond, namedMetrics);
  }

  /** The numbers, and how many entries the maps have: their keys may be anything. */
  @Override
  public String toString() {
    return "OrcaReport[applicationUtilization="
        + applicationUtilization
        + ", cpuUtilization="
        + cpuUtilization
        + ", memoryUtilization="
        + memoryUtilization
        + ", queriesPerSecond="
        + queriesPerSecond
        + ", errorsPerSecond="
        + errorsPerSecond
        + ", requestCost of "
        + requestCost.size()
        + ", utilization of "
        + utilization.size()
        + ", namedMetrics of "
        + namedMetrics.size()
        + "]";
  }

  private interface Form {
    /** Why the value cannot be read; null if it can. */
    @Nullable String read(String value, Draft draft);
  }

  /** A report that is being read. */
  static final class Draft {
    private final Map<OrcaField, Double> numbers = new EnumMap<>(OrcaField.class);
    private final Map<OrcaField, Map<String, Double>> maps = new EnumMap<>(OrcaField.class);

    /** Takes a number; returns why it cannot be, or null. */
    @Nullable String put(OrcaField field, double value) {
      if (!(value >= 0 && value < Double.POSITIVE_INFINITY)) {
        return field + ": " + value + " (expected: >= 0, finite)";
      }
      numbers.put(field, value);
      return null;
    }

    /** Takes an entry of a map; returns why it cannot be, or null. */
    @Nullable String put(OrcaField field, String key, double value) {
      if (Double.isNaN(value) || Double.isInfinite(value)) {
        return "a value of " + field + ": " + value + " (expected: finite)";
      }
      maps.computeIfAbsent(field, any -> new HashMap<>()).put(key, value);
      return null;
    }

    double number(OrcaField field) {
      return numbers.getOrDefault(field, 0.0);
    }

    Map<String, Double> map(OrcaField field) {
      Map<String, Double> map = maps.get(field);
      return map == null ? Map.of() : Collections.unmodifiableMap(map);
    }
  }
}
