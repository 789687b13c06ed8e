package io.evenkeel.lb.report;

import io.evenkeel.lb.LoadReport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Finds what an endpoint says of its load among the headers of a response. For adapters. */
public final class LoadHeaders {
  private LoadHeaders() {}

  /**
   * Reads the report of a response: {@value OrcaReport#HEADER}, or else {@value
   * OrcaReport#BINARY_HEADER}. Never throws for what the headers are.
   *
   * @param headers the headers of the response
   * @param onProblem is told why a header cannot be read, in words that are safe to print
   * @return null if there is no report, or none that can be read
   */
  public static @Nullable LoadReport read(Lookup headers, Consumer<String> onProblem) {
    OrcaReport report = null;
    String text = headers.value(OrcaReport.HEADER);
    if (text != null) {
      report = OrcaReport.parse(text, onProblem);
    } else {
      String binary = headers.value(OrcaReport.BINARY_HEADER);
      if (binary != null) {
        report = OrcaReport.parseBinary(binary, onProblem);
      }
    }
    return report == null ? null : report.load();
  }

  /** The headers of a response. */
  @FunctionalInterface
  public interface Lookup {
    /**
     * The value of a header, or null if there is none.
     *
     * @param name in lower case
     */
    @Nullable String value(String name);
  }
}
