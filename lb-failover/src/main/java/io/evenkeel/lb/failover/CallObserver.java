package io.evenkeel.lb.failover;

import io.evenkeel.lb.RequestContext;
import org.jspecify.annotations.Nullable;

/**
 * Goes around the calls that an adapter makes for its client, from before they begin until their
 * result is there. Other than a {@link FailoverListener} it can say what is current while the call
 * is made, as traces need it. Asked on the request path, by any number of threads at once: it must
 * not block.
 */
@FunctionalInterface
public interface CallObserver {
  /**
   * Begins to observe a call. The adapter makes the call with the {@link ObservedCall#context} of
   * what is returned, and {@linkplain ObservedCall#end ends} that.
   *
   * @param balancer its name
   * @param context what the caller has said of the call
   * @param parent what the call is a part of, if the client has a context of its own that says so,
   *     as reactive ones have; what is not of the observer's kind, or null, stands for what is
   *     current on this thread
   * @return null if this call is not observed
   */
  @Nullable ObservedCall begin(String balancer, RequestContext context, @Nullable Object parent);
}
