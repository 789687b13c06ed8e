package io.evenkeel.lb;

import io.evenkeel.lb.NoEndpointException.Reason;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Where a request is leased when the node that was chosen for it refused. */
final class Elsewhere {
  /** Where loads are bounded, one node had room at any time, but others may have been quicker. */
  private static final int BOUNDED_ROUNDS = 100;

  private final String name;
  private final int rounds;
  private final Leases leases;
  private final Faults faults;
  private final Supplier<Snapshot> snapshots;

  /**
   * @param name of the balancer
   * @param snapshots gives the latest
   */
  Elsewhere(
      String name, Strategy strategy, Leases leases, Faults faults, Supplier<Snapshot> snapshots) {
    this.name = name;
    this.rounds = strategy.boundsLoad() ? BOUNDED_ROUNDS : 1;
    this.leases = leases;
    this.faults = faults;
    this.snapshots = snapshots;
  }

  /**
   * Looks for a node that does not refuse.
   *
   * @param asked where the node that refused was chosen
   * @throws NoEndpointException if all refuse
   */
  Lease lease(RequestContext context, Node refused, Snapshot asked) {
    PassedOver passedOver = new PassedOver(context);
    passedOver.add(refused.endpoint());
    Snapshot before = asked;
    int left = rounds;
    while (left > 0) {
      Lease lease = leaseAny(passedOver);
      if (lease != null) {
        return lease;
      }
      passedOver = new PassedOver(context);
      Snapshot latest = snapshots.get();
      // Of a new set, nodes that refused because they had left may have come back.
      left -= latest.nodes().equals(before.nodes()) ? 1 : 0;
      before = latest;
    }
    throw new NoEndpointException(
        Reason.UNAVAILABLE,
        name + ": all " + before.nodes().usable().size() + " usable endpoints refused");
  }

  /** Passes over nodes that refuse until one takes the request; null if all have refused. */
  private @Nullable Lease leaseAny(PassedOver passedOver) {
    Node node = snapshots.get().choose(passedOver, faults);
    while (passedOver.add(node.endpoint())) {
      long stamp = node.begin();
      if (stamp != Node.REFUSED) {
        return leases.open(node, stamp);
      }
      node = snapshots.get().choose(passedOver, faults);
    }
    // Only endpoints that were tried before this call can be left.
    for (Node last : snapshots.get().nodes().usable()) {
      long stamp = passedOver.add(last.endpoint()) ? last.begin() : Node.REFUSED;
      if (stamp != Node.REFUSED) {
        return leases.open(last, stamp);
      }
    }
    return null;
  }
}
