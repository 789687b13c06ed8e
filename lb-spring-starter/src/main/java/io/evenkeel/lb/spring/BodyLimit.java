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
 * body to close it; their own read timeouts limit each wait, and no read begins after the deadline.
 *
 * <p>Memory: {@code awaited} is what the reader has written last, {@code wasAwaited} is written
 * before {@code over}.
 */
final class BodyLimit {
  private final ClientHttpResponse response;
  private final RequestFacts call;
  private final Scheduler.Scheduled timer;
  private volatile boolean awaited;
  private boolean wasAwaited;
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

  /** Whether somebody waits for more of it from now on. */
  void awaited(boolean now) {
    awaited = now;
  }

  /**
   * To be asked after {@link #awaited}.
   *
   * @throws IOException if the time is over; what was read then may look like the end of the body
   */
  void check() throws IOException {
    if (over) {
      throw late(null);
    }
  }

  /** Whether the time is over. */
  boolean isOver() {
    return over;
  }

  /** Whether it was over while somebody waited, so that it is the endpoint that was slow. */
  boolean wasAwaited() {
    return over && wasAwaited;
  }

  /** The exception of whoever reads after that. */
  IOException late(@Nullable Throwable cause) {
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
    wasAwaited = awaited;
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
