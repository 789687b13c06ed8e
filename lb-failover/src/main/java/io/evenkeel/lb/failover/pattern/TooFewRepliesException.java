package io.evenkeel.lb.failover.pattern;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Fewer copies of a {@link Redundant} call have succeeded than were needed; those that did have had
 * their effect. Without a stack trace. What the copies threw is the cause (the first) and
 * suppressed (the others).
 */
public final class TooFewRepliesException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String service;
  private final int needed;
  private final transient @Nullable List<Reply<?>> replies;

  TooFewRepliesException(
      String service, int needed, List<? extends Reply<?>> replies, @Nullable Throwable cause) {
    super(null, cause, true, false);
    this.service = service;
    this.needed = needed;
    this.replies = List.copyOf(replies);
    for (Reply<?> reply : replies) {
      Throwable thrown = reply.thrown().orElse(null);
      if (thrown != null && thrown != cause) {
        addSuppressed(thrown);
      }
    }
  }

  /**
   * What became of each copy; none if no copy was sent, which was so if there were fewer endpoints
   * than needed, if the thread that waited was interrupted, or after the exception was serialized.
   */
  public List<Reply<?>> replies() {
    return replies == null ? List.of() : replies;
  }

  /** Such as {@code orders: 1 of 3 copies succeeded (expected: 2): 10.0.0.1:80 SUCCESS ...}. */
  @Override
  public String getMessage() {
    List<Reply<?>> made = replies();
    if (made.isEmpty() && getCause() instanceof InterruptedException) {
      return service + ": interrupted (expected: " + needed + " successes)";
    }
    if (made.isEmpty()) {
      return service + ": too few endpoints, nothing was sent (expected: " + needed + ")";
    }
    StringBuilder message = new StringBuilder(service).append(": ");
    message.append(made.stream().filter(Reply::isSuccess).count());
    message.append(" of ").append(made.size()).append(" copies succeeded (expected: ");
    message.append(needed).append(")");
    String mark = ": ";
    for (Reply<?> reply : made) {
      message.append(mark).append(reply);
      mark = ", ";
    }
    return message.toString();
  }
}
