package io.evenkeel.lb.load;

import io.evenkeel.lb.LoadMeter;
import io.evenkeel.lb.Outcome;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.TimeUnit;

/**
 * What {@link PeakEwma} and {@link Ewma} have in common: an average latency, and the share of
 * requests that failed beside it.
 *
 * <p>Memory: {@code latency} packs the average (a float, upper half) and the time of its last
 * sample (lower half) so that one write moves both. {@code failing} holds the bits of a float. Both
 * are read and written opaquely and without a compare-and-set, which would cost as much as all the
 * rest: of samples at the same moment one may be lost, and two failures may count as one. While
 * {@code failing} is 0 there is nothing else to look at: it is not 0 while the endpoint is to be
 * spared or while there is more to look at ({@link #quiet}), and -0.0 while nothing was measured.
 * The fields have cache lines of their own, padded by a superclass and by the meters: beside the
 * node's count, which changes twice with each request, they would be taken away more often than
 * they change.
 *
 * <p>Times are 32-bit counts of {@link Decay} units and wrap after 78 hours; a difference that
 * looks negative is a race between clock readings and taken for 0.
 */
abstract class LatencyMeter extends LatencyState implements LoadMeter {
  /** Four seconds, in units: two readings of the clock that race are never that far apart. */
  static final int RACE = 1 << 16;

  static final float UNKNOWN_NANOS = TimeUnit.SECONDS.toNanos(1);

  private static final float MIN_FAILING_WEIGHT = 1f / 32;
  private static final float FORGOTTEN = 1f / 4096;
  private static final int NOTHING_MEASURED = Float.floatToRawIntBits(-0f);
  private static final double SPARED = 1000;
  private static final double MAX_PENALTY = 1e6;

  /**
   * @param startNanos the latency to start from; 0 if it is not known
   */
  LatencyMeter(double startNanos, double failurePenalty, Decay decay, long nowNanos) {
    super(
        pack((float) startNanos, units(nowNanos)),
        startNanos == 0 ? NOTHING_MEASURED : 0,
        nowNanos,
        failurePenalty,
        decay);
  }

  /**
   * The average after a sample.
   *
   * @param average before it; 0 if there was none
   * @param nanos at least 1
   * @param age how old the average is, in units
   * @param weight of the time that has passed: 1 - exp(-age/tau)
   */
  abstract float average(float average, float nanos, boolean failed, int age, double weight);

  /** What {@code failing} is when no request failed lately: not 0 if there is more to look at. */
  int quiet() {
    return 0;
  }

  /** The load of a node that has failed lately, or is to be spared. */
  final double inTrouble(double load, int failures, long recentNanos) {
    double spared = (long) SPARED_UNTIL.getOpaque(this) - recentNanos > 0 ? SPARED : 1;
    return load * (1 + failurePenalty * share(failures)) * spared;
  }

  @Override
  public final double baseline() {
    return average((long) LATENCY.getOpaque(this));
  }

  @Override
  public final void renew(double typicalLoad, long nowNanos) {
    boolean spared = (long) SPARED_UNTIL.getOpaque(this) - nowNanos > 0;
    int failing = typicalLoad == 0 ? NOTHING_MEASURED : quiet();
    if (spared) {
      failing = Float.floatToRawIntBits(MIN_FAILING_WEIGHT);
    }
    LATENCY.setOpaque(this, pack((float) typicalLoad, units(nowNanos)));
    FAILING.setOpaque(this, failing);
  }

  @Override
  public final void record(Outcome outcome, long latencyNanos, long nowNanos) {
    if (outcome == Outcome.CANCELLED) {
      return;
    }
    long state = (long) LATENCY.getOpaque(this);
    float average = average(state);
    int now = units(nowNanos);
    int age = age(state, now);
    double weight = decay.complement(age);
    boolean failed = outcome.isFailure();
    recordFailing(failed, weight, nowNanos);
    float nanos = (float) Math.max(1, latencyNanos);
    float next = average(average, nanos, failed, age, weight);
    if (age > 0 || next != average) {
      LATENCY.setOpaque(this, pack(next, now));
    }
  }

  private void recordFailing(boolean failed, double weight, long nowNanos) {
    int bits = (int) FAILING.getOpaque(this);
    if (failed || bits != 0) {
      float failures = share(bits);
      float target = failed ? 1 : 0;
      float next = failures + Math.max((float) weight, MIN_FAILING_WEIGHT) * (target - failures);
      if (next < FORGOTTEN) {
        next = (long) SPARED_UNTIL.getOpaque(this) - nowNanos > 0 ? FORGOTTEN : 0;
      }
      int rest = next == 0 ? quiet() : Float.floatToRawIntBits(next);
      FAILING.setOpaque(this, rest);
    }
  }

  @Override
  public final void pushback(long nanos, long nowNanos) {
    SPARED_UNTIL.setOpaque(this, nowNanos + nanos);
    if (share((int) FAILING.getOpaque(this)) < MIN_FAILING_WEIGHT) {
      FAILING.setOpaque(this, Float.floatToRawIntBits(MIN_FAILING_WEIGHT));
    }
  }

  /**
   * A setting, if it is in range.
   *
   * @throws IllegalArgumentException if not
   */
  static double expectFailurePenalty(double factor) {
    if (!(factor >= 0 && factor <= MAX_PENALTY)) {
      throw new IllegalArgumentException("failurePenalty: " + factor + " (expected: 0..1e6)");
    }
    return factor;
  }

  static long pack(float average, int time) {
    return ((long) Float.floatToRawIntBits(average) << 32) | (time & 0xffff_ffffL);
  }

  private static float share(int failing) {
    return Float.intBitsToFloat(failing);
  }

  static float average(long state) {
    return Float.intBitsToFloat((int) (state >>> 32));
  }

  static int age(long state, int now) {
    int age = now - (int) state;
    if (age >= 0) {
      return age;
    }
    return age > -RACE ? 0 : Integer.MAX_VALUE;
  }

  static int units(long nanos) {
    return (int) (nanos >>> Decay.UNIT_SHIFT);
  }
}

@SuppressWarnings("unused")
abstract class LatencyPadding {
  /**
   * For the gap after the object's header, which would else take a field that is not to be there.
   */
  private int gap;

  private long p0, p1, p2, p3, p4, p5, p6;
}

abstract class LatencyState extends LatencyPadding {
  static final VarHandle LATENCY;
  static final VarHandle FAILING;
  static final VarHandle SPARED_UNTIL;

  static {
    try {
      MethodHandles.Lookup lookup = MethodHandles.lookup();
      LATENCY = lookup.findVarHandle(LatencyState.class, "latency", long.class);
      FAILING = lookup.findVarHandle(LatencyState.class, "failing", int.class);
      SPARED_UNTIL = lookup.findVarHandle(LatencyState.class, "sparedUntil", long.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  final double failurePenalty;
  final Decay decay;

  @SuppressWarnings("unused") // through LATENCY
  private long latency;

  @SuppressWarnings("unused") // through SPARED_UNTIL
  private long sparedUntil;

  @SuppressWarnings("unused") // through FAILING
  private int failing;

  LatencyState(long latency, int failing, long sparedUntil, double failurePenalty, Decay decay) {
    this.latency = latency;
    this.failing = failing;
    this.sparedUntil = sparedUntil;
    this.failurePenalty = failurePenalty;
    this.decay = decay;
  }
}
