package io.evenkeel.lb.okhttp;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How the calls of a failover are made over HTTP.
 *
 * @param connectNanos how long an attempt waits for a connection, at most
 * @param deadlineHeader in which an attempt says how long the call may still take
 */
record FailoverSettings(long connectNanos, @Nullable String deadlineHeader) {
  static final FailoverSettings DEFAULTS =
      new FailoverSettings(Duration.ofMillis(250).toNanos(), null);
}
