package io.evenkeel.lb.strategy;

import org.jspecify.annotations.Nullable;

/** What a {@link Decorator} does with nodes, and so which may be inside which. */
enum Layer {
  SLOW_START,
  TIERS,
  ZONES,
  PROBES;

  /** Why a decorator of another layer cannot be anywhere inside one of this; null if it can. */
  @Nullable String objection(Layer inside) {
    if (this == PROBES) {
      return inside == PROBES ? "each request would ask twice" : null;
    }
    return switch (inside) {
      case SLOW_START ->
          this == SLOW_START
              ? "a node would ramp up twice"
              : "a group that is out of use does not see its nodes come back; it belongs around";
      case TIERS ->
          this == SLOW_START
              ? null
              : "the nodes that it is not offered would count as lost capacity; it belongs around";
      case PROBES -> null;
      case ZONES -> this == ZONES ? "it would be offered one zone at a time" : null;
    };
  }
}
