package io.evenkeel.lb;

/**
 * The judgements of several policies on one node as one: it is as fit as the least of them says,
 * withdrawn if one of them says so, and admits what all of them admit.
 *
 * <p>Each is guarded by itself, so that one that throws leaves the others with what they were told.
 */
final class CombinedHealth implements HealthIndicator {
  /** In the place of a policy that could not make an indicator. */
  static final HealthIndicator UNJUDGED = new Unjudged();

  /** In the order in which they are asked. */
  final HealthIndicator[] parts;

  private final Node node;
  private final Faults faults;

  CombinedHealth(HealthIndicator[] parts, Node node, Faults faults) {
    this.parts = parts;
    this.node = node;
    this.faults = faults;
  }

  @Override
  public double health() {
    double least = 1;
    for (HealthIndicator part : parts) {
      least = Math.min(least, Fitness.healthOf(part, node, faults));
    }
    return least;
  }

  @Override
  public boolean isWithdrawn() {
    boolean withdrawn = false;
    for (HealthIndicator part : parts) {
      withdrawn |= Fitness.isWithdrawn(part, faults);
    }
    return withdrawn;
  }

  @Override
  public boolean admit(long nowNanos) {
    HealthIndicator[] asked = parts;
    for (int i = 0; i < asked.length; i++) {
      if (!admits(asked[i], nowNanos)) {
        giveBack(i, nowNanos);
        return false;
      }
    }
    return true;
  }

  private boolean admits(HealthIndicator part, long nowNanos) {
    try {
      return part.admit(nowNanos);
    } catch (Throwable t) {
      faults.report(Faults.Component.HEALTH, t);
      return true;
    }
  }

  /** Those that have admitted a request which does not begin. */
  private void giveBack(int count, long nowNanos) {
    for (int i = count - 1; i >= 0; i--) {
      record(parts[i], Outcome.CANCELLED, 0, nowNanos);
    }
  }

  @Override
  public void record(Outcome outcome, long latencyNanos, long nowNanos) {
    for (HealthIndicator part : parts) {
      record(part, outcome, latencyNanos, nowNanos);
    }
  }

  private void record(HealthIndicator part, Outcome outcome, long latencyNanos, long nowNanos) {
    try {
      part.record(outcome, latencyNanos, nowNanos);
    } catch (Throwable t) {
      faults.report(Faults.Component.HEALTH, t);
    }
  }

  @Override
  public void pushback(long nanos) {
    for (HealthIndicator part : parts) {
      try {
        part.pushback(nanos);
      } catch (Throwable t) {
        faults.report(Faults.Component.HEALTH, t);
      }
    }
  }

  @Override
  public void close() {
    for (HealthIndicator part : parts) {
      try {
        part.close();
      } catch (Throwable t) {
        faults.report(Faults.Component.HEALTH, t);
      }
    }
  }

  private static final class Unjudged implements HealthIndicator {
    @Override
    public double health() {
      return 1;
    }

    @Override
    public void record(Outcome outcome, long latencyNanos, long nowNanos) {
      // Nobody learns from it.
    }
  }
}
