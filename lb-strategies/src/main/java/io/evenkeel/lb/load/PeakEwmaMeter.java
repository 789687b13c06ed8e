package io.evenkeel.lb.load;

import io.evenkeel.lb.LoadMeter;
import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.Ticker;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.TimeUnit;

/**
 * The meter of {@link PeakEwma}.
 *
 * <p>Memory: {@code latency} packs the average (a float, upper half) and the time of its last
 * sample (lower half) so that one compare-and-set moves both; a sample that loses is dropped,
 * because the winner is as good. {@code failing} is written without one: two failures at the same
 * moment may count as one. Both are read opaquely. {@code sparedUntil} is looked at only while
 * {@code failing} is not 0. The fields have cache lines of their own, padded by the superclasses.
 *
 * <p>Times are 32-bit counts of {@link Decay} units and wrap after 78 hours; a difference that
 * looks negative is a race between clock readings and taken for 0.
 */
final class PeakEwmaMeter extends PeakEwmaState implements LoadMeter {
  private static final float MIN_FAILING_WEIGHT = 1f / 32;
  private static final float FORGOTTEN = 1f / 4096;
  private static final double SPARED = 1000;

  /** Four seconds, in units: two readings of the clock that race are never that far apart. */
  private static final int RACE = 1 << 16;

  private static final float UNKNOWN_NANOS = TimeUnit.SECONDS.toNanos(1);

  @SuppressWarnings("unused")
  private long p0, p1, p2, p3, p4, p5, p6, p7, p8, p9, p10, p11, p12, p13, p14;

  PeakEwmaMeter(double startNanos, double failurePenalty, Decay decay, Ticker recent) {
    super(pack((float) startNanos, units(recent.read())), failurePenalty, decay, recent);
    SPARED_UNTIL.setOpaque(this, recent.read());
  }

  @Override
  public double load(int inFlight) {
    long state = (long) LATENCY.getOpaque(this);
    double cost = average(state);
    int age = age(state, units(recent.read()));
    // The age first: under load it is hardly ever worth a look, so the branch is predicted.
    if (age >= decay.stepUnits && inFlight == 0) {
      cost *= decay.coarse(age);
    }
    if (cost == 0 && inFlight > 0) {
      cost = UNKNOWN_NANOS;
    }
    float failures = (float) FAILING.getOpaque(this);
    return failures == 0
        ? cost * (inFlight + 1.0)
        : cost * (inFlight + 1.0) * (1 + failurePenalty * failures) * sparing();
  }

  @Override
  public double baseline() {
    return average((long) LATENCY.getOpaque(this));
  }

  @Override
  public void record(Outcome outcome, long latencyNanos, long nowNanos) {
    if (outcome == Outcome.CANCELLED) {
      return;
    }
    long state = (long) LATENCY.getOpaque(this);
    float average = average(state);
    int now = units(nowNanos);
    int age = age(state, now);
    float sample = Math.max(1, latencyNanos);
    double weight = decay.complement(age);
    recordFailing(outcome.isFailure(), weight, nowNanos);
    float next;
    if (sample > average) {
      next = average == 0 && outcome.isFailure() ? Math.max(sample, UNKNOWN_NANOS) : sample;
    } else if (age == 0) {
      return;
    } else if (outcome.isFailure()) {
      // Says nothing of the latency, but is no idleness either: the time moves on.
      next = average;
    } else {
      next = (float) (average + weight * (sample - average));
    }
    LATENCY.compareAndSet(this, state, pack(next, now));
  }

  private void recordFailing(boolean failed, double weight, long nowNanos) {
    float failures = (float) FAILING.getOpaque(this);
    if (failed || failures != 0) {
      float target = failed ? 1 : 0;
      float next = failures + Math.max((float) weight, MIN_FAILING_WEIGHT) * (target - failures);
      if (next < FORGOTTEN) {
        // Not 0 while the endpoint is to be spared: 0 means that there is nothing to look at.
        next = (long) SPARED_UNTIL.getOpaque(this) - nowNanos > 0 ? FORGOTTEN : 0;
      }
      float kept = next;
      FAILING.setOpaque(this, kept);
    }
  }

  @Override
  public void pushback(long nanos) {
    SPARED_UNTIL.setOpaque(this, recent.read() + nanos);
    float failures = (float) FAILING.getOpaque(this);
    if (failures < MIN_FAILING_WEIGHT) {
      FAILING.setOpaque(this, MIN_FAILING_WEIGHT);
    }
  }

  private double sparing() {
    long left = (long) SPARED_UNTIL.getOpaque(this) - recent.read();
    return left > 0 ? SPARED : 1;
  }

  private static long pack(float average, int time) {
    return ((long) Float.floatToRawIntBits(average) << 32) | (time & 0xffff_ffffL);
  }

  private static float average(long state) {
    return Float.intBitsToFloat((int) (state >>> 32));
  }

  private static int age(long state, int now) {
    int age = now - (int) state;
    if (age >= 0) {
      return age;
    }
    return age > -RACE ? 0 : Integer.MAX_VALUE;
  }

  private static int units(long nanos) {
    return (int) (nanos >>> Decay.UNIT_SHIFT);
  }
}

@SuppressWarnings("unused")
abstract class PeakEwmaPadding {
  private long p0, p1, p2, p3, p4, p5, p6, p7, p8, p9, p10, p11, p12, p13, p14;
}

abstract class PeakEwmaState extends PeakEwmaPadding {
  static final VarHandle LATENCY;
  static final VarHandle FAILING;
  static final VarHandle SPARED_UNTIL;

  static {
    try {
      MethodHandles.Lookup lookup = MethodHandles.lookup();
      LATENCY = lookup.findVarHandle(PeakEwmaState.class, "latency", long.class);
      FAILING = lookup.findVarHandle(PeakEwmaState.class, "failing", float.class);
      SPARED_UNTIL = lookup.findVarHandle(PeakEwmaState.class, "sparedUntil", long.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  final double failurePenalty;
  final Decay decay;
  final Ticker recent;

  @SuppressWarnings("unused") // through LATENCY
  private long latency;

  @SuppressWarnings("unused") // through SPARED_UNTIL
  private long sparedUntil;

  @SuppressWarnings("unused") // through FAILING
  private float failing;

  PeakEwmaState(long latency, double failurePenalty, Decay decay, Ticker recent) {
    this.latency = latency;
    this.failurePenalty = failurePenalty;
    this.decay = decay;
    this.recent = recent;
  }
}
