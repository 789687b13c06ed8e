package io.evenkeel.lb;

import static java.util.Objects.requireNonNull;
import static java.util.stream.Collectors.joining;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What a balancer takes of the sets of its source: none that is empty by accident, and of the
 * others those endpoints whose addresses the source permits. Used by the control thread alone.
 */
final class Admission {
  private static final int NAMED = 5;

  private final EndpointSource source;
  private final Faults faults;
  private final Consumer<String> onRefusal;

  /** The addresses that were left out of the latest set, so that they are told of once. */
  private List<String> leftOut = List.of();

  /**
   * @param onRefusal told why a set was refused whole
   */
  Admission(EndpointSource source, Faults faults, Consumer<String> onRefusal) {
    this.source = source;
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
    List<Endpoint> permitted = new ArrayList<>(set.size());
    Map<AddressPolicy, List<Endpoint>> refused = new EnumMap<>(AddressPolicy.class);
    for (Endpoint endpoint : set.endpoints()) {
      AddressPolicy policy = addresses(endpoint);
      if (policy.permits(endpoint)) {
        permitted.add(endpoint);
      } else {
        refused.computeIfAbsent(policy, first -> new ArrayList<>()).add(endpoint);
      }
    }
    if (refused.isEmpty()) {
      leftOut = List.of();
      return set;
    }
    if (permitted.isEmpty()) {
      return refuse(
          refused.entrySet().stream()
              .map(each -> why(each.getKey(), each.getValue()))
              .collect(joining("; ")));
    }
    List<String> addresses =
        refused.values().stream().flatMap(List::stream).map(Endpoint::authority).toList();
    if (!addresses.equals(leftOut)) {
      leftOut = addresses;
      refused.forEach(
          (policy, endpoints) ->
              faults.endpointsRefused(List.copyOf(endpoints), policy, why(policy, endpoints)));
    }
    return EndpointSet.of(permitted);
  }

  /** What the source says of an endpoint; the strictest where it throws. */
  AddressPolicy addresses(Endpoint endpoint) {
    try {
      return requireNonNull(source.addresses(endpoint), "addresses");
    } catch (Throwable t) {
      faults.report(Faults.Component.SOURCE, t);
      return AddressPolicy.ROUTABLE;
    }
  }

  private @Nullable EndpointSet refuse(String reason) {
    faults.setRefused(reason);
    onRefusal.accept(reason);
    return null;
  }

  /** The addresses, who refuses them, and how they can be permitted. */
  private static String why(AddressPolicy policy, List<Endpoint> refused) {
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
