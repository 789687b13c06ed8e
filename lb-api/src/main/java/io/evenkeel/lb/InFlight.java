package io.evenkeel.lb;

/** Load as requests in flight. The node counts them, so one meter without state serves all. */
final class InFlight implements LoadMetric, LoadMeter {
  static final InFlight METRIC = new InFlight();

  private InFlight() {}

  @Override
  public LoadMeter newMeter(Endpoint endpoint, double typicalLoad, long nowNanos) {
    return this;
  }

  @Override
  public double load(int inFlight, long recentNanos) {
    return inFlight + 1.0;
  }

  @Override
  public void record(Outcome outcome, long latencyNanos, long nowNanos) {
    // The node's own count says it all.
  }

  @Override
  public String toString() {
    return "LoadMetric.inFlight()";
  }
}
