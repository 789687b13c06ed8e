package io.evenkeel.lb.okhttp;

import static java.lang.System.Logger.Level.WARNING;

import io.evenkeel.lb.LoadReport;
import io.evenkeel.lb.Node;
import io.evenkeel.lb.report.LoadHeaders;
import java.util.concurrent.atomic.AtomicBoolean;
import okhttp3.Response;

/** Passes on what endpoints say of their load, and logs once where that cannot be read. */
final class Reports {
  private static final System.Logger LOG = System.getLogger("io.evenkeel.lb.okhttp");
  private static final AtomicBoolean LOGGED = new AtomicBoolean();

  private Reports() {}

  static void pass(Response response, Node node) {
    LoadReport report = LoadHeaders.read(response::header, Reports::ignored);
    if (report != null) {
      node.report(report);
    }
  }

  private static void ignored(String problem) {
    if (LOGGED.compareAndSet(false, true)) {
      LOG.log(WARNING, () -> "a load report was ignored, and others will be: " + problem);
    }
  }
}
