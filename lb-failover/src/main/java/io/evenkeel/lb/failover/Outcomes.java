package io.evenkeel.lb.failover;

import io.evenkeel.lb.Outcome;
import org.jspecify.annotations.Nullable;

/**
 * Decides what a result or an exception says of the endpoint, which is also what decides whether
 * the call is tried elsewhere. Called by any number of threads.
 */
public interface Outcomes {
  /** What {@link #pushbackNanos} returns where the endpoint wishes nothing. */
  long NO_WISH = -1;

  /** What {@link #pushbackNanos} returns where the endpoint says not to try again anywhere. */
  long NEVER = -2;

  /** Judges what an operation threw. {@link Outcome#CANCELLED}: it says nothing of the endpoint. */
  Outcome of(Throwable thrown);

  /** Judges what an operation returned. By default a success, whatever it is. */
  default Outcome ofResult(@Nullable Object result) {
    return Outcome.SUCCESS;
  }

  /**
   * For how long the endpoint asks to be spared, as by {@code Retry-After} or {@code
   * grpc-retry-pushback-ms}; {@link #NO_WISH} or {@link #NEVER}. Asked of failures only.
   *
   * @param result what the operation returned, if it did
   * @param thrown what the operation threw, if it did
   */
  default long pushbackNanos(@Nullable Object result, @Nullable Throwable thrown) {
    return NO_WISH;
  }

  /**
   * By the exceptions of the JDK, wherever they are in the chain of causes: what refused the
   * connection or found no way is {@link Outcome#UNREACHABLE}, what took too long {@link
   * Outcome#TIMEOUT}, other {@link java.io.IOException}s are {@link Outcome#FAILURE}. A {@link
   * FailoverException} of a balancer behind the operation is a failure of the endpoint that has
   * been tried elsewhere enough. Cancellations, interrupts, and all that has none of these in its
   * chain (a defect of the caller, more likely than not) are {@link Outcome#CANCELLED}.
   */
  static Outcomes ofDefaults() {
    return DefaultOutcomes.INSTANCE;
  }
}
