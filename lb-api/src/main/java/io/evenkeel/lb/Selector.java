package io.evenkeel.lb;

import java.util.function.Consumer;
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

  /**
   * What {@link #select} would choose for this request now, and why. Called off the request path,
   * by any thread; it may allocate.
   *
   * <p>It leaves no mark: the choices after it are those that would have been made without it, but
   * for what was drawn from {@link NodeSet#random}. A selector that changes when it chooses, as by
   * a cursor or a reservation, must override this; others may, to say why.
   *
   * @param context the request; valid only during the call
   * @param why takes what there is to say, a short phrase at a time, such as {@code compared a and
   *     b}. A selector that decorates another hands it on.
   */
  default @Nullable Node explain(RequestContext context, Consumer<String> why) {
    return select(context);
  }
}
