package io.evenkeel.lb.failover;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A call has failed for good. The message tells why no more was tried, and every attempt; what they
 * threw is the cause (the last) and suppressed (the others).
 *
 * <p>It has no stack trace, since it may be thrown for every request of an outage, and its message
 * is made when it is asked for.
 */
public final class FailoverException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String service;
  private final Reason reason;
  private final transient List<Attempt> attempts;

  FailoverException(
      String service, Reason reason, List<Attempt> attempts, @Nullable Throwable cause) {
    super(null, cause, true, false);
    this.service = service;
    this.reason = reason;
    this.attempts = attempts;
    for (Attempt attempt : attempts) {
      Throwable thrown = attempt.thrown().orElse(null);
      if (thrown != null && thrown != cause) {
        addSuppressed(thrown);
      }
    }
  }

  /** Whether one is in a chain of causes. */
  static boolean in(@Nullable Throwable thrown) {
    Throwable cause = thrown;
    for (int depth = 0; cause != null && depth < 32; depth++) {
      if (cause instanceof FailoverException) {
        return true;
      }
      cause = cause.getCause();
    }
    return false;
  }

  /** Why no more was tried. */
  public Reason reason() {
    return reason;
  }

  /** What was tried, in the order in which it ended; none after the exception was serialized. */
  public List<Attempt> attempts() {
    return attempts == null ? List.of() : attempts;
  }

  /** Such as {@code orders: DEADLINE after 2 attempts: 10.0.0.1:80 TIMEOUT after 250 ms, ...}. */
  @Override
  public String getMessage() {
    List<Attempt> made = attempts();
    StringBuilder message = new StringBuilder(service).append(": ").append(reason.text);
    if (made.isEmpty()) {
      return message.toString();
    }
    message
        .append(" after ")
        .append(made.size())
        .append(made.size() == 1 ? " attempt" : " attempts");
    String mark = ": ";
    for (Attempt attempt : made) {
      message.append(mark).append(attempt);
      mark = ", ";
    }
    return message.toString();
  }

  /** Why a call has failed for good. */
  public enum Reason {
    /** As many attempts as allowed have failed. */
    ATTEMPTS("no more attempts allowed"),
    /** It may have been processed, and must not be twice; or what failed is not to be repeated. */
    NOT_REPEATABLE("not repeatable"),
    /** There have been too many retries lately. */
    BUDGET("no retry left in the budget"),
    /** No time is left, or too little for the pause before another attempt. */
    DEADLINE("no time left"),
    /** There is no endpoint that takes the call; the cause says why. */
    NO_ENDPOINT("no endpoint"),
    /** It was not tried because most calls fail: the client throttles itself. */
    THROTTLED("throttled"),
    /** It was not tried because of the rate limit. */
    RATE_LIMIT("over the rate limit"),
    /** The caller's thread was interrupted. */
    INTERRUPTED("interrupted"),
    /** The operation threw a checked exception that says nothing of the endpoint. */
    OPERATION("the operation failed");

    private final String text;

    Reason(String text) {
      this.text = text;
    }

    /** Whether it is about endpoints or calls to them, and not about the caller. */
    boolean isOfEndpoints() {
      return this != INTERRUPTED && this != OPERATION;
    }
  }
}
