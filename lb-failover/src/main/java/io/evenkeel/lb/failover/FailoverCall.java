package io.evenkeel.lb.failover;

import io.evenkeel.lb.RequestContext;

/** A call, as a {@link FailoverListener} sees it; to be read while the listener is told alone. */
public interface FailoverCall {
  /** The name of the balancer. */
  String balancer();

  /** What the caller has said of it. */
  RequestContext context();

  /** How many attempts have begun; 0 if it was turned away. */
  int attempts();
}
