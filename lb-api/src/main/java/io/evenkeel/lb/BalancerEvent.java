package io.evenkeel.lb;

import java.time.Duration;
import java.util.List;

/** Something rare that happened in a balancer. */
public sealed interface BalancerEvent {
  /** The name of the balancer. */
  String balancer();

  /** A set from the source was taken. */
  record EndpointsChanged(String balancer, EndpointSet before, EndpointSet after)
      implements BalancerEvent {}

  /** A set from the source was refused whole; the one before it stays. */
  record SetRefused(String balancer, String reason) implements BalancerEvent {}

  /**
   * Endpoints of a set were left out, since the {@link AddressPolicy} that the source has for them
   * refuses their addresses; the others were taken. Told once for each policy, and again when other
   * addresses are left out.
   */
  record EndpointsRefused(String balancer, List<Endpoint> endpoints, AddressPolicy policy)
      implements BalancerEvent {}

  /**
   * The source failed, or an error of the JVM came between while its set was taken; the last good
   * set stays, and the source is asked again.
   */
  record SourceFailed(String balancer, Throwable cause, Duration retryIn)
      implements BalancerEvent {}

  /**
   * Panic began or ended. In panic all endpoints are offered, fit or not, because too few of them
   * look fit for that to be believed, or for the rest to carry the load.
   *
   * @param usableCapacity the share of the configured weight that is fit, from 0 to 1
   */
  record PanicChanged(String balancer, boolean panic, double usableCapacity)
      implements BalancerEvent {}

  /**
   * A listener, strategy, meter or the like threw an exception; the balancer went on without it.
   * Reported at most once a minute for each kind of component.
   *
   * @param component which kind of component
   * @param count how often since the last report
   * @param cause the latest exception
   */
  record ComponentFailed(String balancer, String component, long count, Throwable cause)
      implements BalancerEvent {}

  /** A lease was not ended within the limit; it was ended as {@link Outcome#CANCELLED}. */
  record LeaseExpired(String balancer, Endpoint endpoint, Duration limit)
      implements BalancerEvent {}

  /** The balancer was closed. What was under way at that moment may still be reported after it. */
  record Closed(String balancer) implements BalancerEvent {}
}
