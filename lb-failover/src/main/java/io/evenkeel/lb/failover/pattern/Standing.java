package io.evenkeel.lb.failover.pattern;

import java.util.Arrays;

/** Who of a {@link Standby} is active, and since when each one is as fit as it is. Immutable. */
final class Standing {
  /** Its place; {@link Members#NONE} while nobody leads. */
  final int active;

  /** Whether people have chosen the active one: a fit one that is preferred does not replace it. */
  private final boolean ordered;

  private final boolean[] fit;
  private final long[] sinceNanos;

  private Standing(int active, boolean ordered, boolean[] fit, long[] sinceNanos) {
    this.active = active;
    this.ordered = ordered;
    this.fit = fit;
    this.sinceNanos = sinceNanos;
  }

  static Standing first(int active, int members, long nowNanos) {
    boolean[] fit = new boolean[members];
    Arrays.fill(fit, true);
    long[] since = new long[members];
    Arrays.fill(since, nowNanos);
    return new Standing(active, false, fit, since);
  }

  /** The same, of which this was seen. */
  Standing seen(boolean[] fitNow, long nowNanos) {
    long[] since = sinceNanos.clone();
    for (int i = 0; i < since.length; i++) {
      since[i] = fitNow[i] == fit[i] ? since[i] : nowNanos;
    }
    return new Standing(active, ordered, fitNow.clone(), since);
  }

  /** The same, with another one active if the active one is unfit for so long. */
  Standing failOver(long patienceNanos, long nowNanos) {
    return !fit[active] && nowNanos - sinceNanos[active] >= patienceNanos
        ? firstFit(fit.length, Long.MIN_VALUE, nowNanos)
        : this;
  }

  /** The same, with a preferred one active that is fit for so long, unless people chose this. */
  Standing failBack(long holdDownNanos, long nowNanos) {
    return ordered ? this : firstFit(active, holdDownNanos, nowNanos);
  }

  /** The same, with the first fit one active, at the order of people. */
  Standing failBack() {
    Standing released = new Standing(active, false, fit, sinceNanos);
    return released.firstFit(fit.length, Long.MIN_VALUE, 0);
  }

  /**
   * @param leastNanos for how long it has to be fit; {@code Long.MIN_VALUE} is no time at all
   */
  private Standing firstFit(int end, long leastNanos, long nowNanos) {
    for (int i = 0; i < end; i++) {
      if (fit[i] && nowNanos - sinceNanos[i] >= leastNanos) {
        return i == active ? this : new Standing(i, false, fit, sinceNanos);
      }
    }
    return this;
  }

  /** The same, with this one active, at the order of people. */
  Standing order(int member) {
    return new Standing(member, true, fit, sinceNanos);
  }

  /** The same, with this one active, or nobody. */
  Standing lead(int member) {
    return new Standing(member, false, fit, sinceNanos);
  }
}
