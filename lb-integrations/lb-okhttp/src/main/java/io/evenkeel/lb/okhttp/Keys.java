package io.evenkeel.lb.okhttp;

import static java.lang.System.Logger.Level.WARNING;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.ToLongFunction;
import okhttp3.Request;

/**
 * Asks the user's function for the affinity of requests. One that throws costs a request its
 * affinity and nothing else: OkHttp would let the exception end the dispatcher's thread.
 */
final class Keys {
  static final Keys NONE = new Keys(request -> 0);

  private static final System.Logger LOG = System.getLogger("io.evenkeel.lb.okhttp");

  private final ToLongFunction<Request> affinity;
  private final AtomicBoolean logged = new AtomicBoolean();

  Keys(ToLongFunction<Request> affinity) {
    this.affinity = affinity;
  }

  /** The affinity of a request; 0 if it has none. */
  long of(Request request) {
    try {
      return affinity.applyAsLong(request);
    } catch (RuntimeException e) {
      if (logged.compareAndSet(false, true)) {
        LOG.log(WARNING, "an affinity could not be found, and others may not be", e);
      }
      return 0;
    }
  }
}
