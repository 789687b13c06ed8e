package io.evenkeel.lb.failover;

import io.evenkeel.lb.RequestContext;
import org.jspecify.annotations.Nullable;

/** A call that a {@link CallObserver} observes. Thread-safe. */
public interface ObservedCall {
  /** What the caller has said of the call, and by what listeners know that it is observed. */
  RequestContext context();

  /**
   * What the requests of this call are a part of, for clients that hand it on in a context of their
   * own.
   */
  Object observation();

  /** Does some work on this thread, on which the call is the current one meanwhile. */
  <T extends @Nullable Object, E extends Exception> T within(Work<T, E> work) throws E;

  /**
   * The call has its result. Only the first time counts.
   *
   * @param thrown what it has failed with; null if it has not. A {@link
   *     java.util.concurrent.CancellationException} if nobody waits for it any more
   */
  void end(@Nullable Throwable thrown);

  /** Makes the call on this thread, and ends it. */
  default <T extends @Nullable Object, E extends Exception> T make(Work<T, E> call) throws E {
    Throwable failure = null;
    try {
      return within(call);
    } catch (Throwable thrown) {
      failure = thrown;
      throw thrown;
    } finally {
      end(failure);
    }
  }

  /**
   * Work that may fail.
   *
   * @param <T> its result
   * @param <E> what it throws
   */
  @FunctionalInterface
  interface Work<T extends @Nullable Object, E extends Exception> {
    /** Does it. */
    T run() throws E;
  }
}
