package io.evenkeel.lb.load;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * The meter of {@link Ewma}: the average, and how many samples it stands for, both fading.
 *
 * <p>Memory: {@code samples} is read and written opaquely, apart from the average that it belongs
 * to. Where two samples race, one may weigh as much as the one before it should have.
 */
final class EwmaMeter extends EwmaState {
  @SuppressWarnings("unused")
  private long p0, p1, p2, p3, p4, p5, p6, p7, p8, p9, p10, p11, p12, p13, p14;

  EwmaMeter(double failurePenalty, Decay decay, long nowNanos) {
    super(failurePenalty, decay, nowNanos);
  }

  @Override
  public double load(int inFlight, long recentNanos) {
    double latency = average((long) LATENCY.getOpaque(this));
    int failures = (int) FAILING.getOpaque(this);
    return failures == 0 ? latency : inTrouble(latency, failures, recentNanos);
  }

  @Override
  float average(float average, float nanos, boolean failed, int age, double weight) {
    float faded = (float) ((float) SAMPLES.getOpaque(this) * (1 - weight));
    if (failed && nanos <= average) {
      SAMPLES.setOpaque(this, faded);
      return average;
    }
    if (failed && average == 0) {
      // A guess, which the first answer replaces.
      return Math.max(nanos, UNKNOWN_NANOS);
    }
    SAMPLES.setOpaque(this, faded + 1);
    return average + (nanos - average) / (faded + 1);
  }
}

/** What the meter knows beside that, ahead of the padding. */
abstract class EwmaState extends LatencyMeter {
  static final VarHandle SAMPLES;

  static {
    try {
      SAMPLES = MethodHandles.lookup().findVarHandle(EwmaState.class, "samples", float.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  @SuppressWarnings("unused") // through SAMPLES
  private float samples;

  EwmaState(double failurePenalty, Decay decay, long nowNanos) {
    super(0, failurePenalty, decay, nowNanos);
  }
}
