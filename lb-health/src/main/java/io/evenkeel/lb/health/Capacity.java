package io.evenkeel.lb.health;

import java.util.Collection;

/**
 * How much capacity there is, how much of it is out of service for reasons of health, and how much
 * carries its full share. What was taken out on purpose is no capacity. For the control thread
 * alone.
 */
final class Capacity {
  static final Capacity NONE = new Capacity();

  /** For sums of weights, which are not exact. */
  private static final double ROUNDING = 1e-9;

  private double all;
  private double out;
  private double full;
  private int nodes;

  static Capacity of(Collection<Subject> subjects) {
    Capacity capacity = new Capacity();
    for (Subject subject : subjects) {
      double weight = subject.node.endpoint().weight();
      if (weight > 0 && !subject.isWithdrawn()) {
        capacity.nodes++;
        capacity.all += weight;
        capacity.out += Shortage.isFit(subject.state()) ? 0 : weight;
        capacity.full += subject.state() == HealthState.UP ? weight : 0;
      }
    }
    return capacity;
  }

  /** Takes a node out if no more than a share is out then, or nothing else is; whether it did. */
  boolean takeOut(Subject subject, double maxShare) {
    double after = out + subject.node.endpoint().weight();
    boolean fits = after <= (maxShare + ROUNDING) * all;
    if (fits || (out == 0 && nodes >= 2 && maxShare > 0)) {
      out = after;
      return true;
    }
    return false;
  }

  /** Whether enough of the others carry their full share for this one to return by degrees. */
  boolean canSpare(Subject returning) {
    double own = returning.state() == HealthState.UP ? returning.node.endpoint().weight() : 0;
    return 2 * (full - own) >= all * (1 - ROUNDING);
  }
}
