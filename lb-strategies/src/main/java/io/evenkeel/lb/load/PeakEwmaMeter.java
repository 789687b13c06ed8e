package io.evenkeel.lb.load;

/** The meter of {@link PeakEwma}. */
final class PeakEwmaMeter extends LatencyMeter {
  /**
   * @param startNanos the latency to start from; 0 if it is not known
   */
  PeakEwmaMeter(double startNanos, double failurePenalty, Decay decay, long nowNanos) {
    super(startNanos, failurePenalty, decay, nowNanos);
  }

  /**
   * Of its tests none has an outcome that changes from call to call, as a test for a negative age
   * would have where clock readings race: a branch that cannot be predicted costs as much as all of
   * the rest.
   */
  @Override
  public double load(int inFlight, long recentNanos) {
    long state = (long) LATENCY.getOpaque(this);
    double cost = average(state) * (inFlight + 1.0);
    int age = units(recentNanos) - (int) state;
    // Unsigned: beyond the race, what looks negative is days old.
    if (Integer.compareUnsigned(age + RACE, freshUnits) >= 0 && inFlight == 0) {
      cost *= decay.coarse(age(state, units(recentNanos)));
    }
    int failures = (int) FAILING.getOpaque(this);
    return failures == 0 ? cost : loadInTrouble(cost, failures, inFlight, recentNanos);
  }

  private double loadInTrouble(double cost, int failures, int inFlight, long recentNanos) {
    double known = cost == 0 && inFlight > 0 ? UNKNOWN_NANOS * (inFlight + 1.0) : cost;
    return inTrouble(known, failures, recentNanos);
  }

  @Override
  float average(float average, float nanos, boolean failed, int age, double weight) {
    if (nanos > average) {
      return average == 0 && failed ? Math.max(nanos, UNKNOWN_NANOS) : nanos;
    }
    // A failure says nothing of the latency, but is no idleness either: the time moves on.
    return failed ? average : (float) (average + weight * (nanos - average));
  }
}
