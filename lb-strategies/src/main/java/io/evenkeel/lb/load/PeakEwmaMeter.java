package io.evenkeel.lb.load;

import io.evenkeel.lb.LoadReport;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/** The meter of {@link PeakEwma}. */
final class PeakEwmaMeter extends PeakEwmaState {
  /** The least weight of a report, so that the first few soon make a mean. */
  private static final double MIN_REPORT_WEIGHT = 1.0 / 16;

  private static final int REPORTING = Float.floatToRawIntBits(Float.MIN_VALUE);

  @SuppressWarnings("unused")
  private long p0, p1, p2, p3, p4, p5, p6, p7, p8, p9, p10, p11, p12, p13, p14;

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
    return inTrouble(known, failures, recentNanos) * crowding(inFlight, recentNanos);
  }

  /** What the latest report says of the requests that one more will meet there; 1 if nothing. */
  private double crowding(int inFlight, long recentNanos) {
    long report = (long) OTHERS.getOpaque(this);
    double latency = average((long) LATENCY.getOpaque(this));
    double age = (double) age(report, units(recentNanos)) * (1 << Decay.UNIT_SHIFT);
    if (report == 0 || age >= latency) {
      return 1;
    }
    float usual = (float) USUAL.getOpaque(this);
    double more = (average(report) - 1 - usual) * (1 - age / latency);
    double ratio = 1 + more / (inFlight + usual + 1);
    return ratio * ratio;
  }

  @Override
  public void report(LoadReport report, int inFlight, long nowNanos) {
    if (report.inFlight() >= 0) {
      int now = units(nowNanos);
      float others = Math.max(0, report.inFlight() - inFlight);
      long before = (long) OTHERS.getOpaque(this);
      float usual = (float) USUAL.getOpaque(this);
      double weight = Math.max(decay.complement(age(before, now)), MIN_REPORT_WEIGHT);
      float next = before == 0 ? others : (float) (usual + weight * (others - usual));
      USUAL.setOpaque(this, next);
      OTHERS.setOpaque(this, pack(others + 1, now));
      // -0.0 gives way to this when the first request has ended.
      if ((int) FAILING.getOpaque(this) == 0) {
        FAILING.setOpaque(this, REPORTING);
      }
    }
  }

  @Override
  int quiet() {
    return (long) OTHERS.getOpaque(this) == 0 ? 0 : REPORTING;
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

/**
 * What the meter knows beside that. Reports are read and written as the latency is; they lie beside
 * it, ahead of the padding.
 */
abstract class PeakEwmaState extends LatencyMeter {
  static final VarHandle OTHERS;
  static final VarHandle USUAL;

  static {
    try {
      MethodHandles.Lookup lookup = MethodHandles.lookup();
      OTHERS = lookup.findVarHandle(PeakEwmaState.class, "others", long.class);
      USUAL = lookup.findVarHandle(PeakEwmaState.class, "usual", float.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  /** Up to which age a load is not decayed, with the allowance for races. */
  final int freshUnits;

  /** Packed as the latency is: 1 more than others have in flight, by the latest report; or 0. */
  @SuppressWarnings("unused") // through OTHERS
  private long others;

  /** How many others usually have in flight there, by its reports. */
  @SuppressWarnings("unused") // through USUAL
  private float usual;

  PeakEwmaState(double startNanos, double failurePenalty, Decay decay, long nowNanos) {
    super(startNanos, failurePenalty, decay, nowNanos);
    this.freshUnits = decay.stepUnits + RACE;
  }
}
