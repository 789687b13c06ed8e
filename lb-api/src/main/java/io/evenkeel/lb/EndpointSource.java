package io.evenkeel.lb;

import java.util.concurrent.Flow;
import java.util.function.Function;

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
 *   <li>Endpoints whose addresses the {@linkplain #addresses policy} refuses are left out; if it
 *       refuses all, the set is refused.
 *   <li>{@code cancel} must leave no thread, task or listener behind.
 * </ul>
 */
@FunctionalInterface
public interface EndpointSource {
  /** A publisher of endpoint sets; signals may come from any thread, one at a time. */
  Flow.Publisher<EndpointSet> snapshots();

  /**
   * Which addresses an endpoint of its sets may have. Asked of each endpoint of each set that a
   * balancer gets, and of those that are called, from any thread; so it must be quick, and say the
   * same of equal endpoints. A source that wraps another one passes on what that one says. By
   * default {@link AddressPolicy#ROUTABLE}, which also holds where this throws an exception.
   */
  default AddressPolicy addresses(Endpoint endpoint) {
    return AddressPolicy.ROUTABLE;
  }

  /**
   * The same source with another policy for all endpoints, such as for a registry on a developer's
   * machine:
   *
   * <pre>{@code
   * EndpointSource local = polled.withAddresses(AddressPolicy.LOOPBACK_TOO);
   * }</pre>
   */
  default EndpointSource withAddresses(AddressPolicy addresses) {
    return withAddresses(new JudgedSource.Always(addresses));
  }

  /**
   * The same source with a policy for each endpoint, such as where some are the program's own:
   *
   * <pre>{@code
   * Set<String> own = Set.of("localhost:8080");
   * EndpointSource mixed =
   *     polled.withAddresses(
   *         e -> own.contains(e.authority()) ? AddressPolicy.ANY : AddressPolicy.ROUTABLE);
   * }</pre>
   *
   * @param addresses what {@link #addresses} is to say; thread-safe
   */
  default EndpointSource withAddresses(Function<? super Endpoint, AddressPolicy> addresses) {
    return new JudgedSource(this, addresses);
  }

  /**
   * A source of one set that never changes. Its endpoints may have {@linkplain AddressPolicy#ANY
   * any} address, since they are the program's own.
   */
  static EndpointSource of(EndpointSet set) {
    return new FixedSource(set);
  }

  /**
   * A source of endpoints that never change, with any address.
   *
   * @throws IllegalArgumentException as {@link EndpointSet#of(Endpoint...)} does
   */
  static EndpointSource of(Endpoint... endpoints) {
    return of(EndpointSet.of(endpoints));
  }
}
