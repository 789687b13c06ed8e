package io.evenkeel.lb.health;

import java.time.Duration;

/**
 * How a node is ejected, and how it comes back: ejected for the base time as often as it has been,
 * then on probation, then with a share that grows. What it has done is forgiven at the rate of once
 * in a base time without a penalty, whether there was traffic or not. For the control thread alone.
 */
final class Penalty {
  private static final int RAMP_STEPS = 10;
  private static final double LEAST_SHARE = 0.1;
  private static final double PROBATION_SHARE = 0.5;
  private static final double JITTER = 0.1;

  /** Where a node is on its way. */
  enum Phase {
    FREE,
    EJECTED,
    PROBATION,
    RAMPING
  }

  private final long baseNanos;
  private final long capNanos;

  /** More would make it no longer, and take long to be forgiven. */
  private final int mostTimes;

  private final long rampNanos;
  private final long stepNanos;

  private Phase phase = Phase.FREE;
  private long since;
  private long until;
  private int times;

  Penalty(Duration base, Duration cap, Duration ramp) {
    this.baseNanos = base.toNanos();
    this.capNanos = cap.toNanos();
    this.mostTimes = (int) Math.min(Integer.MAX_VALUE, (capNanos - 1) / baseNanos + 1);
    this.rampNanos = ramp.toNanos();
    this.stepNanos = Math.max(1, rampNanos / RAMP_STEPS);
  }

  Phase phase() {
    return phase;
  }

  /** How often it was ejected, less what was forgiven. */
  int times(long nowNanos) {
    boolean good = phase == Phase.FREE || phase == Phase.RAMPING;
    return good ? (int) Math.max(0, times - (nowNanos - since) / baseNanos) : times;
  }

  /** When the phase ends if nothing happens; means nothing when free. */
  long until() {
    return until;
  }

  /**
   * @param chance from 0 to 1; spreads the returns of nodes that were ejected together
   */
  void eject(long nowNanos, double chance) {
    times = Math.min(times(nowNanos) + 1, mostTimes);
    double length = Math.min((double) baseNanos * times, (double) capNanos);
    enter(Phase.EJECTED, nowNanos, (long) (length * (1 + JITTER * (2 * chance - 1))));
  }

  /** A trial, or a check, has shown that it is fit. */
  void pass(long nowNanos, boolean ramp) {
    if (ramp && rampNanos > 0) {
      enter(Phase.RAMPING, nowNanos, rampNanos);
    } else {
      enter(Phase.FREE, nowNanos, 0);
    }
  }

  /** Goes on to the next phase when it is time; whether it did. */
  boolean advance(long nowNanos, boolean ramp) {
    if (phase == Phase.FREE || nowNanos - until < 0) {
      return false;
    }
    switch (phase) {
      case EJECTED -> enter(Phase.PROBATION, nowNanos, baseNanos);
      case PROBATION -> pass(nowNanos, ramp);
      default -> {
        // What it has made good while it ramped counts.
        long ramped = since;
        enter(Phase.FREE, nowNanos, 0);
        since = ramped;
      }
    }
    return true;
  }

  /** Which share of its weight it is good for. */
  double share(long nowNanos) {
    return switch (phase) {
      case FREE -> 1;
      case EJECTED -> 0;
      case PROBATION -> PROBATION_SHARE;
      case RAMPING -> {
        long steps = (nowNanos - since) / stepNanos;
        double done = (double) steps / RAMP_STEPS;
        yield Math.min(1, Math.max(LEAST_SHARE, done));
      }
    };
  }

  /** In how many nanoseconds the share or the phase changes next; a very long time when free. */
  long nextNanos(long nowNanos) {
    return switch (phase) {
      case FREE -> Long.MAX_VALUE;
      case EJECTED, PROBATION -> Math.max(0, until - nowNanos);
      case RAMPING ->
          Math.min(Math.max(0, until - nowNanos), stepNanos - (nowNanos - since) % stepNanos);
    };
  }

  private void enter(Phase next, long nowNanos, long lengthNanos) {
    phase = next;
    since = nowNanos;
    until = nowNanos + lengthNanos;
  }
}
