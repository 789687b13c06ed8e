package io.evenkeel.lb.failover;

import static java.util.Objects.requireNonNull;

import java.io.IOException;

/**
 * Thrown by a {@link LeasedOperation} whose attempt was made on a pooled connection that turned out
 * to be closed already. Nothing is known of the endpoint, and the call may surely be made again:
 * so, once in each call, that is done at once, elsewhere if there is an elsewhere. It is neither
 * held against the endpoint nor taken from the budget, nor is it one of the attempts that a call
 * may make. From the second time on it is the cause that counts.
 */
public final class StaleConnectionException extends IOException {
  private static final long serialVersionUID = 1L;

  private final IOException failure;

  /**
   * @param failure how it showed
   */
  public StaleConnectionException(IOException failure) {
    super("stale connection", requireNonNull(failure, "failure"));
    this.failure = failure;
  }

  /** How it showed. */
  public IOException failure() {
    return failure;
  }

  @Override
  public Throwable fillInStackTrace() {
    return this;
  }
}
