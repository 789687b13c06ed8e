package io.evenkeel.lb.strategy;

import static java.util.Objects.requireNonNull;

import io.evenkeel.lb.LoadMetric;
import io.evenkeel.lb.NodeSet;
import io.evenkeel.lb.Selector;
import io.evenkeel.lb.Strategy;
import io.evenkeel.lb.load.PeakEwma;
import org.jspecify.annotations.Nullable;

/**
 * Draws a few different nodes at random by weight and takes the one with the least load for its
 * weight (M. Mitzenmacher, "The power of two choices in randomized load balancing", 2001). Nearly
 * as good as looking at all nodes, at a cost that does not depend on their number. Where there are
 * few nodes, it does look at all: two samples of four nodes are poor.
 */
public final class PowerOfChoices implements Strategy {
  private final int choices;
  private final int fullScanUpTo;
  private final LoadMetric metric;

  private PowerOfChoices(Builder builder) {
    this.choices = builder.choices;
    this.fullScanUpTo = builder.fullScanUpTo;
    this.metric = builder.metric;
  }

  /** Two choices by {@link PeakEwma}, and a full scan of up to 8 nodes. */
  public static PowerOfChoices ofDefaults() {
    return builder().build();
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
    if (nodes.usable().size() <= Math.max(choices, fullScanUpTo)) {
      return new FullScan(nodes, metric);
    }
    if (choices == 2) {
      return new TwoChoices(nodes);
    }
    return new FewChoices(nodes, choices);
  }

  @Override
  public String toString() {
    return "PowerOfChoices[choices="
        + choices
        + ", fullScanUpTo="
        + fullScanUpTo
        + ", metric="
        + metric
        + "]";
  }

  /** Builds a {@link PowerOfChoices}. Not thread-safe. */
  public static final class Builder {
    private int choices = 2;
    private int fullScanUpTo = 8;
    private LoadMetric metric = PeakEwma.ofDefaults();

    private Builder() {}

    /**
     * How many nodes to compare. By default 2.
     *
     * @throws IllegalArgumentException unless it is from 2 to 8
     */
    public Builder choices(int choices) {
      this.choices = Expect.within("choices", choices, 2, 8);
      return this;
    }

    /**
     * Up to how many nodes to look at all of them. By default 8.
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
    public PowerOfChoices build() {
      return new PowerOfChoices(this);
    }
  }
}
