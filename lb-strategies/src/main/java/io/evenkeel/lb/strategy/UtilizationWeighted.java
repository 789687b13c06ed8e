package io.evenkeel.lb.strategy;

import io.evenkeel.lb.LoadMetric;
import io.evenkeel.lb.LoadReport;
import io.evenkeel.lb.Node;
import io.evenkeel.lb.NodeSet;
import io.evenkeel.lb.RequestContext;
import io.evenkeel.lb.Selector;
import io.evenkeel.lb.Strategy;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
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
    Turns before = previous instanceof Turns turns ? turns : null;
    Turns turns = new Turns(nodes, before, update.toNanos());
    nodes.renewAfter(Duration.ofNanos(turns.updatedNanos + update.toNanos() - nodes.nowNanos()));
    return turns;
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
   * The turns until the next update. A change of nodes or weights in between makes a new one with
   * the same speeds: else each change would be an update, and many could move a weight far.
   */
  private static final class Turns implements Selector {
    private final Map<Node, Double> speeds;

    /** The mean of the speeds that were measured; 0 if there are too few. */
    private final double mean;

    private final long updatedNanos;
    private final Selector inner;

    Turns(NodeSet nodes, @Nullable Turns before, long updateNanos) {
      boolean due = before == null || nodes.nowNanos() - before.updatedNanos >= updateNanos;
      if (before == null || due) {
        double[] measured = Speeds.of(nodes);
        boolean enough = Speeds.known(measured) >= 2;
        double base = enough ? Speeds.mean(measured) : 0;
        if (before != null && before.mean > 0) {
          base = before.mean;
        }
        updatedNanos = nodes.nowNanos();
        speeds = new HashMap<>();
        for (int i = 0; enough && i < measured.length; i++) {
          Node node = nodes.usable().get(i);
          Double last = before == null ? null : before.speeds.get(node);
          if (measured[i] > 0) {
            speeds.put(node, near(last == null ? base : last, measured[i]));
          }
        }
        mean = speeds.values().stream().mapToDouble(speed -> speed).average().orElse(0);
      } else {
        updatedNanos = before.updatedNanos;
        speeds = before.speeds;
        mean = before.mean;
      }
      inner =
          WeightedRoundRobin.of().newSelector(weighed(nodes), before == null ? null : before.inner);
    }

    private static double near(double last, double measured) {
      return Math.min(Math.max(measured, last / FASTEST_CHANGE), last * FASTEST_CHANGE);
    }

    private NodeSet weighed(NodeSet nodes) {
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

    @Override
    public @Nullable Node select(RequestContext context) {
      return inner.select(context);
    }

    @Override
    public @Nullable Node explain(RequestContext context, Consumer<String> why) {
      return inner.explain(context, why);
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
