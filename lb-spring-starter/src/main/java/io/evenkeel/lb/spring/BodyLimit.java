package io.evenkeel.lb.spring;

import io.evenkeel.lb.Scheduler;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.springframework.http.client.ClientHttpResponse;

/**
 * Closes the body of a response if it has not come by the deadline of its call, which ends the wait
 * of whoever reads it. Thread-safe.
 *
 * <p>Interrupts would not do: the JDK's client ignores them there, up to Java 19. Neither they nor
 * this help with Apache's client and with {@code HttpURLConnection}, which wait for the rest of a
 * body to close it; their own read timeouts limit each wait.
 */
final class BodyLimit {
  private final ClientHttpResponse response;
  private final RequestFacts call;
  private final Scheduler.Scheduled timer;
  private volatile boolean over;

  /**
   * Begins to count.
   *
   * @param response with its body
   * @param call that must be over by then
   */
  BodyLimit(ClientHttpResponse response, RequestFacts call) {
    this.response = response;
    this.call = call;
    this.timer = Scheduler.shared().schedule(this::end, call.leftNanos());
  }

  /** Whether the time is over. What is read then may look like the end of the body. */
  boolean isOver() {
    return over;
  }

  /** The exception of whoever reads then. */
  IOException exception(@Nullable Throwable cause) {
    IOException late = call.late();
    if (cause != null) {
      late.initCause(cause);
    }
    return late;
  }

  /** Nothing is read any more. */
  void lift() {
    timer.cancel();
  }

  private void end() {
    over = true;
    String type = response.getClass().getSimpleName();
    if (!type.startsWith("HttpComponents") && !type.startsWith("Simple")) {
      Scheduler.shared().execute(this::closeBody);
    }
  }

  private void closeBody() {
    try {
      response.getBody().close();
    } catch (IOException e) {
      // It has broken before.
    }
  }
}
