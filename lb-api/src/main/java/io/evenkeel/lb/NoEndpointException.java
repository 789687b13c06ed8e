package io.evenkeel.lb;

/** There is no endpoint to send a request to. */
public final class NoEndpointException extends BalancerException {
  private static final long serialVersionUID = 1L;

  private final Reason reason;

  NoEndpointException(Reason reason, String message) {
    super(message, null);
    this.reason = reason;
  }

  /** Why there is none. */
  public Reason reason() {
    return reason;
  }

  /** Why there is no endpoint. */
  public enum Reason {
    /** The source has not delivered a set yet. */
    NOT_READY,
    /** The source's set has no endpoint. */
    EMPTY,
    /** There are endpoints, but all are drained, unfit, or at their limits. */
    UNAVAILABLE,
    /** The balancer is closed. */
    CLOSED
  }
}
