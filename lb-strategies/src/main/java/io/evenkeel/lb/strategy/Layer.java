package io.evenkeel.lb.strategy;

import org.jspecify.annotations.Nullable;

/** What a {@link Decorator} does with nodes, and so which may be inside which. */
enum Layer {
  SLOW_START,
  TIERS,
  ZONES,
  SUBSET,
  BOUND,
  SESSIONS,
  PROBES,
  SHADOW;

  /** Why a decorator of another layer cannot be anywhere inside one of this; null if it can. */
  @Nullable String objection(Layer inside) {
    return switch (inside) {
      case SLOW_START -> ofSlowStart();
      case TIERS -> ofTiers();
      case ZONES -> ofZones();
      case SUBSET -> ofSubset();
      case BOUND -> this == BOUND ? "its nodes would be under two bounds" : null;
      case SESSIONS -> ofSessions();
      case PROBES -> this == PROBES ? "each request would ask twice" : null;
      case SHADOW -> null;
    };
  }

  private @Nullable String ofSlowStart() {
    return switch (this) {
      case SLOW_START -> "a node would ramp up twice";
      case TIERS, ZONES ->
          "a group that is out of use does not see its nodes come back; it belongs around";
      case SUBSET -> "requests that leave the subset would not spare new nodes; it belongs around";
      case BOUND -> "the bound would not ramp up with the weight; it belongs around";
      case SESSIONS, PROBES, SHADOW -> null;
    };
  }

  private @Nullable String ofTiers() {
    return switch (this) {
      case SLOW_START, SESSIONS, PROBES, SHADOW -> null;
      case TIERS, ZONES ->
          "the nodes that it is not offered would count as lost capacity; it belongs around";
      case SUBSET -> "the subset may have nodes of one tier only; it belongs around";
      case BOUND -> "tiers are meant to have other loads than by weight; it belongs around";
    };
  }

  private @Nullable String ofZones() {
    return switch (this) {
      case SLOW_START, TIERS, SESSIONS, PROBES, SHADOW -> null;
      case ZONES -> "it would be offered one zone at a time";
      case SUBSET -> "the subset may have nodes of one zone only; it belongs around";
      case BOUND -> "zones are meant to have other loads than by weight; it belongs around";
    };
  }

  private @Nullable String ofSessions() {
    return switch (this) {
      case SESSIONS -> "one would keep what the other moves";
      case TIERS, ZONES, SUBSET ->
          "a session moves with the shares of the groups, before it is looked up; it belongs around";
      case SLOW_START, BOUND, PROBES, SHADOW -> null;
    };
  }

  private @Nullable String ofSubset() {
    return switch (this) {
      case SUBSET -> "a part of a part is a smaller part: set its size";
      case BOUND -> "the bound would reckon with nodes that get no requests; it belongs around";
      case SLOW_START, TIERS, ZONES, SESSIONS, PROBES, SHADOW -> null;
    };
  }
}
