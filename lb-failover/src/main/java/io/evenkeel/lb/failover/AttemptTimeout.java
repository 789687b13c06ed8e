package io.evenkeel.lb.failover;

import java.time.Duration;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** An attempt took too long. Without a stack trace, which would be a timer's. */
final class AttemptTimeout extends TimeoutException {
  private static final long serialVersionUID = 1L;

  /**
   * @param thrown what the operation did when it was interrupted, if it was
   */
  AttemptTimeout(long nanos, @Nullable Throwable thrown) {
    super("no answer within " + Duration.ofMillis(nanos / 1_000_000));
    if (thrown != null) {
      initCause(thrown);
    }
  }

  @Override
  public Throwable fillInStackTrace() {
    return this;
  }
}
