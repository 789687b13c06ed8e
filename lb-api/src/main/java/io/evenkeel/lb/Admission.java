package io.evenkeel.lb;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What a balancer takes of the sets of its source: none that is empty by accident, and of the
 * others those endpoints whose addresses the source's policy permits. Used by the control thread
 * alone.
 */
final class Admission {
  private static final int NAMED = 5;

  private final AddressPolicy policy;
  private final Faults faults;
  private final Consumer<String> onRefusal;

  /** The addresses that were left out of the latest set, so that they are told of once. */
  private List<String> leftOut = List.of();

  /**
   * @param onRefusal told why a set was refused whole
   */
  Admission(AddressPolicy policy, Faults faults, Consumer<String> onRefusal) {
    this.policy = policy;
    this.faults = faults;
    this.onRefusal = onRefusal;
  }

  /** The endpoints to take; null if there is no set, or it was refused whole. */
  @Nullable EndpointSet admit(@Nullable EndpointSet set) {
    if (set == null || set.isNone()) {
      return set;
    }
    if (set.isEmpty()) {
      return refuse("it is empty, and the source does not say that it means it");
    }
    if (policy == AddressPolicy.ANY) {
      return set;
    }
    List<Endpoint> permitted = new ArrayList<>(set.size());
    List<Endpoint> refused = new ArrayList<>(0);
    for (Endpoint endpoint : set.endpoints()) {
      (policy.permits(endpoint) ? permitted : refused).add(endpoint);
    }
    if (permitted.isEmpty()) {
      return refuse(why(refused));
    }
    List<String> addresses = refused.stream().map(Endpoint::authority).toList();
    if (!addresses.equals(leftOut)) {
      leftOut = addresses;
      if (!refused.isEmpty()) {
        faults.endpointsRefused(List.copyOf(refused), policy, why(refused));
      }
    }
    return refused.isEmpty() ? set : EndpointSet.of(permitted);
  }

  private @Nullable EndpointSet refuse(String reason) {
    faults.setRefused(reason);
    onRefusal.accept(reason);
    return null;
  }

  /** The addresses, who refuses them, and how they can be permitted. */
  private String why(List<Endpoint> refused) {
    StringBuilder why = new StringBuilder("AddressPolicy.").append(policy).append(" refuses ");
    for (int i = 0; i < Math.min(NAMED, refused.size()); i++) {
      why.append(i == 0 ? "" : ", ").append(refused.get(i).authority());
    }
    if (refused.size() > NAMED) {
      why.append(" and ").append(refused.size() - NAMED).append(" more");
    }
    boolean loopback = refused.stream().allMatch(AddressPolicy.LOOPBACK_TOO::permits);
    return why.append("; withAddresses(AddressPolicy.")
        .append(loopback ? AddressPolicy.LOOPBACK_TOO : AddressPolicy.ANY)
        .append(") of their source would permit it")
        .toString();
  }
}
