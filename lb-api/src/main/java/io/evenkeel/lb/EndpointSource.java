package io.evenkeel.lb;

import java.util.concurrent.Flow;

/**
 * Discovery: where endpoints come from.
 *
 * <p>A source publishes whole sets, never deltas; the latest replaces all before it, so a source
 * may skip sets that nobody has taken yet. Each balancer subscribes once; a source may be shared.
 *
 * <ul>
 *   <li>{@code onError} ends the subscription. The balancer keeps the last good set, reports the
 *       failure, and subscribes again after a pause that grows from 1 to 60 seconds with jitter. A
 *       source therefore needs no retry of its own.
 *   <li>{@code onComplete} says that the last set is final.
 *   <li>An {@linkplain EndpointSet#isEmpty() empty} set is taken for an accident and refused,
 *       unless it is {@link EndpointSet#none()}.
 *   <li>{@code cancel} must leave no thread, task or listener behind.
 * </ul>
 */
@FunctionalInterface
public interface EndpointSource {
  /** A publisher of endpoint sets; signals may come from any thread, one at a time. */
  Flow.Publisher<EndpointSet> snapshots();

  /** A source of one set that never changes. */
  static EndpointSource of(EndpointSet set) {
    return new FixedSource(set);
  }

  /**
   * A source of endpoints that never change.
   *
   * @throws IllegalArgumentException as {@link EndpointSet#of(Endpoint...)} does
   */
  static EndpointSource of(Endpoint... endpoints) {
    return of(EndpointSet.of(endpoints));
  }
}
