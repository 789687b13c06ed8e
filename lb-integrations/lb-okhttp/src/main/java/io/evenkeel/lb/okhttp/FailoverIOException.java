package io.evenkeel.lb.okhttp;

import io.evenkeel.lb.failover.FailoverException;
import java.io.IOException;

/**
 * A call with a failover has failed for good. Its message tells why no more was tried, and every
 * attempt.
 *
 * <p>It is an {@link IOException} around the {@link FailoverException}, because OkHttp hands only
 * that kind to callers: any other ends the dispatcher's thread. It has no stack trace, because it
 * may be thrown for every request of an outage.
 */
public final class FailoverIOException extends IOException {
  private static final long serialVersionUID = 1L;

  private final FailoverException failure;

  FailoverIOException(FailoverException failure) {
    super(null, failure);
    this.failure = failure;
  }

  /** Why it has failed, and what was tried. */
  public FailoverException failure() {
    return failure;
  }

  /** As {@link FailoverException#getMessage}. */
  @Override
  public String getMessage() {
    return failure.getMessage();
  }

  @Override
  public Throwable fillInStackTrace() {
    return this;
  }
}
