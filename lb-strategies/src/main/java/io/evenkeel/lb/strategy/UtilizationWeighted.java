package io.evenkeel.lb.strategy;

import io.evenkeel.lb.LoadMetric;
import io.evenkeel.lb.LoadReport;
import io.evenkeel.lb.Node;
import io.evenkeel.lb.NodeSet;
import io.evenkeel.lb.Selector;
import io.evenkeel.lb.Strategy;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Nodes in turn in proportion to what they could serve by their own reports, as in gRPC's {@code
 * weighted_round_robin} (gRFC A58):
 *
 * <pre>
 * weight = qps / (utilisation + eps / qps * errorPenalty)
 * </pre>
 *
 * <p>Endpoints report with their responses ({@link Node#report}); adapters read the header {@code
 * endpoint-load-metrics}. Turns are dealt out by {@link WeightedRoundRobin}.
 *
 * <ul>
 *   <li>Reports count when they have come for the <b>blackout</b>, so that a start is not taken for
 *       the rule, and until the last is as old as the <b>expiry</b>.
 *   <li>A node without such reports gets the mean of the others. With fewer than two nodes that
 *       have them, all are equal.
 *   <li>Weights are renewed once an <b>update</b>, and kept from 0.1 to 10 times the mean. From one
 *       update to the next a weight at most doubles or halves, whatever was reported; the first
 *       ones start from the mean.
 *   <li>A report without utilisation or qps, or with numbers such as 0, NaN and infinity, is
 *       ignored.
 * </ul>
 *
 * <p>The weights of endpoints multiply with these. Reports tell how large an endpoint is, so
 * weights that say the same would count it twice: leave them equal, except to hold endpoints back.
 *
 * @see LoadReport
 */
public final class UtilizationWeighted implements Strategy {
  private static final double FASTEST_CHANGE = 2;
  private static final double LEAST = 0.1;
  private static final double MOST = 10;

  private final ReportedUtilization metric;
  private final Duration update;

  private UtilizationWeighted(Builder builder) {
    this.metric = new ReportedUtilization(builder.blackout, builder.expiry, builder.errorPenalty);
    this.update = builder.update;
  }

  /** A blackout of 10 seconds, an expiry of 3 minutes, updates each second, a penalty of 1. */
  public static UtilizationWeighted ofDefaults() {
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
    Carrier<Measured> before = Carrier.from(previous, Measured.class);
    Measured last = before == null ? null : before.state();
    boolean due = last == null || nodes.nowNanos() - last.nanos >= update.toNanos();
    Measured now = last == null || due ? Measured.of(nodes, last) : last;
    nodes.renewAfter(Duration.ofNanos(now.nanos + update.toNanos() - nodes.nowNanos()));
    Selector turns = before == null ? null : before.chooser();
    return new Carrier<>(WeightedRoundRobin.of().newSelector(now.weigh(nodes), turns), now);
  }

  @Override
  public String toString() {
    return "UtilizationWeighted[blackout="
        + metric.blackout()
        + ", expiry="
        + metric.expiry()
        + ", update="
        + update
        + ", errorPenalty="
        + metric.errorPenalty()
        + "]";
  }

  /**
   * What was measured by the latest update. Selectors that a change of nodes or weights makes until
   * the next go by the same speeds: else each change would be an update, and many could move a
   * weight far.
   *
   * @param mean of the speeds; 0 if there are too few
   * @param nanos when that was
   */
  private record Measured(Map<Node, Double> speeds, double mean, long nanos) {
    static Measured of(NodeSet nodes, @Nullable Measured last) {
      double[] measured = Speeds.of(nodes);
      boolean enough = Speeds.known(measured) >= 2;
      double base = enough ? Speeds.mean(measured) : 0;
      if (last != null && last.mean > 0) {
        base = last.mean;
      }
      Map<Node, Double> speeds = new HashMap<>();
      for (int i = 0; enough && i < measured.length; i++) {
        Node node = nodes.usable().get(i);
        Double before = last == null ? null : last.speeds.get(node);
        if (measured[i] > 0) {
          speeds.put(node, near(before == null ? base : before, measured[i]));
        }
      }
      double mean = speeds.values().stream().mapToDouble(speed -> speed).average().orElse(0);
      return new Measured(speeds, mean, nodes.nowNanos());
    }

    private static double near(double last, double measured) {
      return Math.min(Math.max(measured, last / FASTEST_CHANGE), last * FASTEST_CHANGE);
    }

    NodeSet weigh(NodeSet nodes) {
      if (mean == 0) {
        return nodes;
      }
      double[] bounded = new double[nodes.usable().size()];
      for (int i = 0; i < bounded.length; i++) {
        double speed = speeds.getOrDefault(nodes.usable().get(i), mean);
        double weight = Math.min(Math.max(speed / mean, LEAST), MOST) * nodes.weight(i);
        // 0 would take the node out.
        bounded[i] = Math.max(weight, Double.MIN_NORMAL);
      }
      return nodes.reweighted(bounded);
    }
  }

  /** Builds a {@link UtilizationWeighted}. Not thread-safe. */
  public static final class Builder {
    private Duration blackout = Duration.ofSeconds(10);
    private Duration expiry = Duration.ofMinutes(3);
    private Duration update = Duration.ofSeconds(1);
    private double errorPenalty = 1;

    private Builder() {}

    /**
     * For how long reports must have come before they count. By default 10 seconds; 0 to trust the
     * first.
     *
     * @throws IllegalArgumentException unless it is from 0 to 1 hour
     */
    public Builder blackout(Duration time) {
      this.blackout = Expect.upToAnHour("blackout", time, Duration.ZERO);
      return this;
    }

    /**
     * For how long a report counts if no other comes. By default 3 minutes.
     *
     * @throws IllegalArgumentException unless it is from 100 milliseconds to 1 hour
     */
    public Builder expiry(Duration time) {
      this.expiry = Expect.upToAnHour("expiry", time, Duration.ofMillis(100));
      return this;
    }

    /**
     * How often to take new weights. By default once a second.
     *
     * @throws IllegalArgumentException unless it is from 100 milliseconds to 1 hour
     */
    public Builder update(Duration interval) {
      this.update = Expect.upToAnHour("update", interval, Duration.ofMillis(100));
      return this;
    }

    /**
     * What a share of failed requests adds to the utilisation. By default 1: an endpoint that fails
     * every tenth request counts as 0.1 busier. 0 ignores errors.
     *
     * @throws IllegalArgumentException unless it is from 0 to 1000
     */
    public Builder errorPenalty(double factor) {
      this.errorPenalty = Expect.within("errorPenalty", factor, 0, 1000);
      return this;
    }

    /** The strategy. */
    public UtilizationWeighted build() {
      return new UtilizationWeighted(this);
    }
  }
}
