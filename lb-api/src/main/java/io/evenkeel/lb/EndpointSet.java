package io.evenkeel.lb;

import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A snapshot of endpoints, unique by id and in the order of their ids. Immutable, equal by value.
 */
public final class EndpointSet {
  /** The most endpoints that a set may have. */
  public static final int MAX_ENDPOINTS = 50_000;

  private static final EndpointSet EMPTY = new EndpointSet(List.of(), false);
  private static final EndpointSet NONE = new EndpointSet(List.of(), true);

  private final List<Endpoint> endpoints;
  private final boolean none;

  private EndpointSet(List<Endpoint> endpoints, boolean none) {
    this.endpoints = endpoints;
    this.none = none;
  }

  /**
   * A set of these endpoints.
   *
   * @throws IllegalArgumentException as {@link #of(Collection)} does
   */
  public static EndpointSet of(Endpoint... endpoints) {
    return of(Arrays.asList(endpoints));
  }

  /**
   * A set of these endpoints; equal ones become one. Of no endpoints, it is a set that a balancer
   * takes for an accident and refuses: a source that means it publishes {@link #none()}.
   *
   * @throws IllegalArgumentException if two endpoints have the same id and differ, or there are
   *     more than {@link #MAX_ENDPOINTS}
   */
  public static EndpointSet of(Collection<Endpoint> endpoints) {
    if (endpoints.isEmpty()) {
      return EMPTY;
    }
    TreeMap<String, Endpoint> byId = new TreeMap<>();
    for (Endpoint endpoint : endpoints) {
      Endpoint other = byId.putIfAbsent(endpoint.id(), endpoint);
      if (other != null && !other.equals(endpoint)) {
        throw new IllegalArgumentException(
            "endpoints: "
                + other
                + " and "
                + endpoint
                + " (expected: one set of facts for id "
                + Printable.quote(endpoint.id())
                + ")");
      }
      if (byId.size() > MAX_ENDPOINTS) {
        throw new IllegalArgumentException(
            "endpoints: " + endpoints.size() + " (expected: at most " + MAX_ENDPOINTS + ")");
      }
    }
    return new EndpointSet(List.copyOf(byId.values()), false);
  }

  /** The empty set of a source that means it: the balancer drops all endpoints. */
  public static EndpointSet none() {
    return NONE;
  }

  /** The endpoints in the order of their ids. Unmodifiable. */
  public List<Endpoint> endpoints() {
    return endpoints;
  }

  /** How many endpoints there are. */
  public int size() {
    return endpoints.size();
  }

  /** Whether there is no endpoint, by accident or not. */
  public boolean isEmpty() {
    return endpoints.isEmpty();
  }

  /** Whether this is {@link #none()}: empty, and meant to be. */
  public boolean isNone() {
    return none;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof EndpointSet that
        && none == that.none
        && endpoints.equals(that.endpoints);
  }

  @Override
  public int hashCode() {
    return endpoints.hashCode();
  }

  @Override
  public String toString() {
    if (none) {
      return "none";
    }
    return endpoints.size() <= 10
        ? endpoints.toString()
        : "[" + endpoints.get(0) + ", ... " + (endpoints.size() - 1) + " more]";
  }
}
