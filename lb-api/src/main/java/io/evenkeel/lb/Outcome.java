package io.evenkeel.lb;

/**
 * What a finished request says of the endpoint that it went to.
 *
 * <p>It judges the endpoint, not the request: a 404 is a {@link #SUCCESS}, because the endpoint
 * answered as it should.
 */
public enum Outcome {
  /** The endpoint answered, whatever the answer was. */
  SUCCESS(false, false),

  /** The endpoint took the request and failed: a 5xx, a reset, a body that was cut short. */
  FAILURE(true, false),

  /**
   * The endpoint turned the request away before it did anything for it: HTTP 429, HTTP/2
   * REFUSED_STREAM, a concurrency limit. The request may go elsewhere, whatever its method.
   */
  REJECTED(true, true),

  /** No answer in time; whether the request was processed is not known. */
  TIMEOUT(true, false),

  /** No connection could be made, so the endpoint never saw the request. */
  UNREACHABLE(true, true),

  /** The caller lost interest. Says nothing of the endpoint. */
  CANCELLED(false, false);

  private final boolean failure;
  private final boolean unprocessed;

  Outcome(boolean failure, boolean unprocessed) {
    this.failure = failure;
    this.unprocessed = unprocessed;
  }

  /** Whether this counts against the endpoint. */
  public boolean isFailure() {
    return failure;
  }

  /** Whether the request surely had no effect, so that even a POST may be sent elsewhere. */
  public boolean isUnprocessed() {
    return unprocessed;
  }
}
