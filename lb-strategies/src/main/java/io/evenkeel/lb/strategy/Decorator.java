package io.evenkeel.lb.strategy;

import static java.util.Objects.requireNonNull;

import io.evenkeel.lb.LoadMetric;
import io.evenkeel.lb.Strategy;

/**
 * A strategy that chooses through another one.
 *
 * <p>Each looks through all that is inside of it when it is built, so that of a stack of any height
 * every pair has been looked at, and one that makes no sense is never made.
 */
abstract class Decorator implements Strategy {
  final Strategy inner;
  final Layer layer;

  /**
   * @throws IllegalArgumentException if what is inside makes no sense there
   */
  Decorator(Layer layer, Strategy inner) {
    this.layer = layer;
    this.inner = requireNonNull(inner, "inner");
    check(inner);
  }

  /** Refuses what makes no sense inside this: the strategy itself or what it decorates. */
  final void check(Strategy inside) {
    if (inside instanceof Decorator decorator) {
      String objection = layer.objection(decorator.layer);
      if (objection != null) {
        String name = decorator.getClass().getSimpleName();
        throw new IllegalArgumentException(
            "inner: "
                + decorator
                + " (expected: no "
                + name
                + " inside "
                + getClass().getSimpleName()
                + ": "
                + objection
                + ")");
      }
      decorator.checkInside(this);
    }
  }

  /** Has an outer decorator look at what is inside this. */
  void checkInside(Decorator outer) {
    outer.check(inner);
  }

  @Override
  public boolean boundsLoad() {
    return inner.boundsLoad();
  }

  @Override
  public LoadMetric loadMetric() {
    return inner.loadMetric();
  }
}
