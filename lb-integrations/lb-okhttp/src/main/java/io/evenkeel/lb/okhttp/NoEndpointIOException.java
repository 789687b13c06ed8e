package io.evenkeel.lb.okhttp;

import io.evenkeel.lb.NoEndpointException;
import java.io.IOException;

/**
 * There is no endpoint to send a request to. Nothing was sent, so the request may be repeated.
 *
 * <p>It is an {@link IOException} around the balancer's {@link NoEndpointException}, because OkHttp
 * hands only that kind to callers: any other ends the dispatcher's thread. It has no stack trace,
 * because it may be thrown for every request.
 */
public final class NoEndpointIOException extends IOException {
  private static final long serialVersionUID = 1L;

  private final NoEndpointException.Reason reason;

  NoEndpointIOException(NoEndpointException cause) {
    super(cause.getMessage(), cause);
    this.reason = cause.reason();
  }

  /** Why there is none. */
  public NoEndpointException.Reason reason() {
    return reason;
  }

  @Override
  public Throwable fillInStackTrace() {
    return this;
  }
}
