package io.evenkeel.lb.testkit.cluster;

import io.evenkeel.lb.LoadReport;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * The way between a client and servers: none within its zone.
 *
 * @param zone the client's; null if it is in none, and near to all servers
 * @param nanos how long it takes to another zone, and back again
 */
record Way(Timeline timeline, @Nullable String zone, long nanos) {
  /** Lets something happen when it has come to the server, or from there. */
  void travel(LiveServer server, Runnable arrival) {
    if (server.isIn(zone)) {
      arrival.run();
    } else {
      timeline.at(timeline.read() + nanos, arrival);
    }
  }

  /** Asks a server how loaded it is. */
  CompletionStage<LoadReport> ask(LiveServer server) {
    CompletableFuture<LoadReport> heard = new CompletableFuture<>();
    travel(
        server,
        () ->
            server
                .probe()
                .whenComplete(
                    (report, silence) -> travel(server, () -> complete(heard, report, silence))));
    return heard;
  }

  private static void complete(
      CompletableFuture<LoadReport> heard,
      @Nullable LoadReport report,
      @Nullable Throwable silence) {
    if (silence == null) {
      heard.complete(report);
    } else {
      heard.completeExceptionally(silence);
    }
  }
}
