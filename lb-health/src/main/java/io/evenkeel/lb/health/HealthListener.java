package io.evenkeel.lb.health;

/** Watches the health of endpoints. */
@FunctionalInterface
public interface HealthListener {
  /**
   * A state has changed. Called one at a time and in the order of versions, on whatever thread
   * brought the change about, so this must not block. A listener that throws harms nothing.
   */
  void onTransition(HealthTransition transition);
}
