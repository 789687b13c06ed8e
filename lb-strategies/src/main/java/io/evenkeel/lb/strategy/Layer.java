package io.evenkeel.lb.strategy;

import org.jspecify.annotations.Nullable;

/** What a {@link Decorator} does with nodes, and so which may be inside which. */
enum Layer {
  SLOW_START,
  TIERS,
  ZONES,
  BOUND,
  SESSIONS;

  private static final String UNEVEN =
      "groups are meant to have other loads than by weight; it belongs around";

  /** Why a decorator of another layer cannot be anywhere inside one of this; null if it can. */
  @Nullable String objection(Layer inside) {
    return switch (inside) {
      case BOUND -> this == BOUND ? "its nodes would be under two bounds" : null;
      case SESSIONS -> this == SESSIONS ? "one would keep what the other moves" : null;
      case SLOW_START ->
          this == SLOW_START
              ? "a node would ramp up twice"
              : "a group that is out of use does not see its nodes come back; it belongs around";
      case TIERS ->
          this == SLOW_START
              ? null
              : this == BOUND
                  ? UNEVEN
                  : "the nodes that it is not offered would count as lost capacity; it belongs around";
      case ZONES ->
          this == BOUND ? UNEVEN : this == ZONES ? "it would be offered one zone at a time" : null;
    };
  }
}
