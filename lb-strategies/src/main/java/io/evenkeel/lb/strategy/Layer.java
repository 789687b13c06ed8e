package io.evenkeel.lb.strategy;

import org.jspecify.annotations.Nullable;

/** What a {@link Decorator} does with nodes, and so which may be inside which. */
enum Layer {
  SLOW_START,
  TIERS,
  ZONES,
  SUBSET,
  SHADOW;

  /** Why a decorator of another layer cannot be anywhere inside one of this; null if it can. */
  @Nullable String objection(Layer inside) {
    return switch (inside) {
      case SLOW_START -> ofSlowStart();
      case TIERS -> ofTiers();
      case ZONES -> ofZones();
      case SUBSET -> this == SUBSET ? "a part of a part is a smaller part: set its size" : null;
      case SHADOW -> null;
    };
  }

  private @Nullable String ofSlowStart() {
    return switch (this) {
      case SLOW_START -> "a node would ramp up twice";
      case TIERS, ZONES ->
          "a group that is out of use does not see its nodes come back; it belongs around";
      case SUBSET -> "requests that leave the subset would not spare new nodes; it belongs around";
      case SHADOW -> null;
    };
  }

  private @Nullable String ofTiers() {
    return switch (this) {
      case SLOW_START, SHADOW -> null;
      case TIERS, ZONES ->
          "the nodes that it is not offered would count as lost capacity; it belongs around";
      case SUBSET -> "the subset may have nodes of one tier only; it belongs around";
    };
  }

  private @Nullable String ofZones() {
    return switch (this) {
      case SLOW_START, TIERS, SHADOW -> null;
      case ZONES -> "it would be offered one zone at a time";
      case SUBSET -> "the subset may have nodes of one zone only; it belongs around";
    };
  }
}
