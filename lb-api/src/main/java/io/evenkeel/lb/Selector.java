package io.evenkeel.lb;

import org.jspecify.annotations.Nullable;

/**
 * Chooses a node for each request, from the nodes that it was made for.
 *
 * <p>Called by any number of threads at once, on the request path: an implementation must not
 * block, lock or allocate, and reserves nothing. It may choose an endpoint that the request has
 * {@linkplain RequestContext#tried tried}; the balancer then takes an untried usable node at
 * random, by weight. A selector for which it matters where such a request goes asks the context
 * itself.
 */
@FunctionalInterface
public interface Selector {
  /**
   * The node for this request, or null to leave the choice to chance.
   *
   * @param context the request; valid only during the call
   */
  @Nullable Node select(RequestContext context);
}
