package io.evenkeel.lb.spring;

import io.evenkeel.lb.failover.FailoverException;
import java.io.IOException;
import java.io.InterruptedIOException;

/**
 * A call has failed for good. An {@link IOException} around the {@link FailoverException}, because
 * clients make of that kind what their users expect. Without a stack trace, because it may be
 * thrown for every request of an outage.
 */
final class CallFailedException extends IOException {
  private static final long serialVersionUID = 1L;

  private CallFailedException(FailoverException failure) {
    super(failure.getMessage(), failure);
  }

  static IOException of(FailoverException failure) {
    switch (failure.reason()) {
      case INTERRUPTED -> {
        IOException interrupted = new InterruptedIOException(failure.getMessage());
        interrupted.initCause(failure);
        return interrupted;
      }
      case OPERATION -> {
        // It says nothing of an endpoint, so that nothing was tried: it is as without a failover.
        return failure.getCause() instanceof IOException own
            ? own
            : new CallFailedException(failure);
      }
      default -> {
        return new CallFailedException(failure);
      }
    }
  }

  @Override
  public Throwable fillInStackTrace() {
    return this;
  }
}
