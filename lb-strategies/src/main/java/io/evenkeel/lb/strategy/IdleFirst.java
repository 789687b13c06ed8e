package io.evenkeel.lb.strategy;

import static java.util.Objects.requireNonNull;

import io.evenkeel.lb.LoadMetric;
import io.evenkeel.lb.NodeSet;
import io.evenkeel.lb.Selector;
import io.evenkeel.lb.Strategy;
import io.evenkeel.lb.load.PeakEwma;
import org.jspecify.annotations.Nullable;

/**
 * Looks at some nodes that are known to be idle, and takes the one with the least load for its
 * weight. Where none of them is idle any more, and in one of 64 choices, it looks at some at random
 * as well, so that a node that was too slow to be worth a note is found again. A random node is
 * hardly ever one that has nothing to do; notes of those that have cost little to keep and make up
 * nearly all of the distance between {@link PowerOfChoices} and a look at all nodes. Where all can
 * be looked at in less than a microsecond, it does that.
 *
 * <p>With its defaults, and by {@link PeakEwma}, this is the strategy of balancers that are built
 * without one.
 */
public final class IdleFirst implements Strategy {
  private static final int MOST = 64;

  private final int idle;
  private final int random;
  private final int fullScanUpTo;
  private final LoadMetric metric;

  /**
   * The defaults, for {@link java.util.ServiceLoader}; elsewhere {@link #ofDefaults} reads better.
   */
  public IdleFirst() {
    this(new Builder());
  }

  private IdleFirst(Builder builder) {
    this.idle = builder.idle;
    this.random = builder.random;
    this.fullScanUpTo = builder.fullScanUpTo;
    this.metric = builder.metric;
  }

  /** Up to 5 idle or 4 random nodes by {@link PeakEwma}, and a full scan of up to 128 nodes. */
  public static IdleFirst ofDefaults() {
    return new IdleFirst();
  }

  /** Begins a strategy with other settings. */
  public static Builder builder() {
    return new Builder();
  }

  @Override
  public LoadMetric loadMetric() {
    return metric;
  }

  @Override
  public Selector newSelector(NodeSet nodes, @Nullable Selector previous) {
    return nodes.usable().size() <= fullScanUpTo
        ? new FullScan(nodes, metric)
        : new IdleAndRandom(nodes, idle, random);
  }

  @Override
  public String toString() {
    return "IdleFirst[idle="
        + idle
        + ", random="
        + random
        + ", fullScanUpTo="
        + fullScanUpTo
        + ", metric="
        + metric
        + "]";
  }

  /** Builds an {@link IdleFirst}. Not thread-safe. */
  public static final class Builder {
    private int idle = 5;
    private int random = 4;
    private int fullScanUpTo = 128;
    private LoadMetric metric = PeakEwma.ofDefaults();

    private Builder() {}

    /**
     * How many nodes to look at that are noted as idle. By default 5.
     *
     * @throws IllegalArgumentException unless it is from 1 to 64
     */
    public Builder idle(int nodes) {
      this.idle = Expect.within("idle", nodes, 1, MOST);
      return this;
    }

    /**
     * How many nodes to look at that are drawn at random by weight, where none of those noted as
     * idle is, and in one of 64 choices. By default 4.
     *
     * @throws IllegalArgumentException unless it is from 1 to 64
     */
    public Builder random(int nodes) {
      this.random = Expect.within("random", nodes, 1, MOST);
      return this;
    }

    /**
     * Up to how many nodes to look at all of them. By default 128.
     *
     * @throws IllegalArgumentException if it is negative
     */
    public Builder fullScanUpTo(int nodes) {
      this.fullScanUpTo = Expect.atLeast("fullScanUpTo", nodes, 0);
      return this;
    }

    /** What to compare them by. By default {@link PeakEwma}. */
    public Builder metric(LoadMetric metric) {
      this.metric = requireNonNull(metric, "metric");
      return this;
    }

    /** The strategy. */
    public IdleFirst build() {
      return new IdleFirst(this);
    }
  }
}
