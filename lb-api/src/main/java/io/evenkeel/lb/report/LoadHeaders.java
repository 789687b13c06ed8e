package io.evenkeel.lb.report;

import static java.lang.System.Logger.Level.WARNING;

import io.evenkeel.lb.LoadReport;
import io.evenkeel.lb.Node;
import io.evenkeel.lb.http.HeaderLookup;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Finds what an endpoint says of its load among the headers of a response. For adapters. */
public final class LoadHeaders {
  private static final System.Logger LOG = System.getLogger("io.evenkeel.lb");
  private static final AtomicBoolean LOGGED = new AtomicBoolean();

  private LoadHeaders() {}

  /**
   * Tells a node what a response of its endpoint says of its load. What cannot be read is ignored;
   * the first time, that is logged.
   *
   * @param headers the headers of the response
   */
  public static void passOn(HeaderLookup headers, Node node) {
    LoadReport report = read(headers, LoadHeaders::ignored);
    if (report != null) {
      node.report(report);
    }
  }

  private static void ignored(String problem) {
    if (LOGGED.compareAndSet(false, true)) {
      LOG.log(WARNING, () -> "a load report was ignored, and others will be: " + problem);
    }
  }

  /**
   * Reads the report of a response: {@value OrcaReport#HEADER}, or else {@value
   * OrcaReport#BINARY_HEADER}. Never throws for what the headers are.
   *
   * @param headers the headers of the response
   * @param onProblem is told why a header cannot be read, in words that are safe to print
   * @return null if there is no report, or none that can be read
   */
  public static @Nullable LoadReport read(HeaderLookup headers, Consumer<String> onProblem) {
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
}
