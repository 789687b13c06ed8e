package io.evenkeel.lb.strategy;

import java.util.Arrays;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/**
 * The answers to probes about one set of nodes, in a pool for each million choices a second. All
 * that choose from one pool count themselves in the same answer, the best, so beyond that rate
 * threads would spend more time on waiting for one another than on choosing; and a part of the
 * answers is then used up as quickly as all are elsewhere. Below it threads seldom meet.
 *
 * <p>Each thread chooses from one pool, and each answer goes to one. Immutable but for what the
 * pools hold.
 */
final class ProbePools {
  private static final double CHOICES_PER_SECOND = 1_000_000;

  /** How long choices are counted. */
  private static final long PERIOD_NANOS = 100_000_000;

  private final ProbePool[] pools;
  private final long sinceNanos;
  private final long choicesThen;

  private ProbePools(ProbePool[] pools, long sinceNanos, long choicesThen) {
    this.pools = pools;
    this.sinceNanos = sinceNanos;
    this.choicesThen = choicesThen;
  }

  /** One. */
  static ProbePools of(ProbePool first, long nowNanos) {
    return new ProbePools(new ProbePool[] {first}, nowNanos, 0);
  }

  /** With the same answers, for nodes that have other numbers; NONE for those gone. */
  ProbePools moved(int[] numbers, Supplier<ProbePool> empty) {
    ProbePool[] moved = new ProbePool[pools.length];
    for (int i = 0; i < moved.length; i++) {
      moved[i] = empty.get();
      pools[i].moveTo(moved[i], numbers);
    }
    return new ProbePools(moved, sinceNanos, choicesThen);
  }

  /**
   * As many as choices call for: the same, some of the same, or the same and others without
   * answers.
   *
   * @param most a power of two
   * @param choices how many there ever were
   */
  ProbePools fitting(int most, long choices, long nowNanos, Supplier<ProbePool> empty) {
    long nanos = nowNanos - sinceNanos;
    if (nanos < PERIOD_NANOS) {
      return this;
    }
    double perSecond = 1e9 * (choices - choicesThen) / nanos;
    int number = Integer.highestOneBit((int) Math.min(most, 1 + perSecond / CHOICES_PER_SECOND));
    ProbePool[] fitting = Arrays.copyOf(pools, number);
    for (int i = pools.length; i < number; i++) {
      fitting[i] = empty.get();
    }
    return new ProbePools(fitting, nowNanos, choices);
  }

  /** Takes the time and the scales, and drops answers that are older than this. */
  void renew(double[] scales, long nowNanos, long oldestNanos) {
    for (ProbePool pool : pools) {
      pool.renew(scales, nowNanos, oldestNanos);
    }
  }

  /** Removes what a node answered. */
  void remove(int node) {
    for (ProbePool pool : pools) {
      pool.remove(node);
    }
  }

  /** The one that the current thread chooses from. */
  ProbePool ofThread() {
    return pools[Probing.lane() & (pools.length - 1)];
  }

  /** The one that the next answer goes to. */
  ProbePool drawn(RandomGenerator random) {
    return pools.length == 1 ? pools[0] : pools[random.nextInt(pools.length)];
  }

  /** How many pools there are, a power of two. */
  int number() {
    return pools.length;
  }

  /** The time of the latest renewal. */
  long nowNanos() {
    return pools[0].nowNanos();
  }
}
