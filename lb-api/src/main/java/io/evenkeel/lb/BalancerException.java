package io.evenkeel.lb;

import org.jspecify.annotations.Nullable;

/** What a balancer throws. It has no stack trace, because it may be thrown for every request. */
public class BalancerException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** An exception that can be shared by many requests: it is immutable. */
  protected BalancerException(String message, @Nullable Throwable cause) {
    super(message, cause, false, false);
  }
}
