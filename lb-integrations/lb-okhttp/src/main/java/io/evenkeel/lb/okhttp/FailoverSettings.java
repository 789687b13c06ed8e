package io.evenkeel.lb.okhttp;

import io.evenkeel.lb.failover.CallObserver;
import java.time.Duration;
import okhttp3.Headers;
import org.jspecify.annotations.Nullable;

/**
 * How the calls of a failover are made over HTTP.
 *
 * @param connectNanos how long an attempt waits for a connection, at most
 * @param deadlineHeader in which an attempt says how long the call may still take
 * @param observer who observes the calls
 */
record FailoverSettings(
    long connectNanos, @Nullable String deadlineHeader, @Nullable CallObserver observer) {
  static final FailoverSettings DEFAULTS =
      new FailoverSettings(Duration.ofMillis(250).toNanos(), null, null);

  private static final Duration SHORTEST = Duration.ofMillis(1);
  private static final Duration LONGEST = Duration.ofMinutes(1);

  FailoverSettings withConnectTimeout(Duration timeout) {
    if (timeout.compareTo(SHORTEST) < 0 || timeout.compareTo(LONGEST) > 0) {
      throw new IllegalArgumentException(
          "connectTimeout: " + timeout + " (expected: " + SHORTEST + ".." + LONGEST + ")");
    }
    return new FailoverSettings(timeout.toNanos(), deadlineHeader, observer);
  }

  FailoverSettings withDeadlineHeader(String name) {
    Headers unused = Headers.of(name, "1");
    return new FailoverSettings(connectNanos, name, observer);
  }

  FailoverSettings withObserver(CallObserver observer) {
    return new FailoverSettings(connectNanos, deadlineHeader, observer);
  }
}
