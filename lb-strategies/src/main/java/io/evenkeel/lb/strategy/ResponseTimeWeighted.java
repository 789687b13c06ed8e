package io.evenkeel.lb.strategy;

import static java.util.Objects.requireNonNull;

import io.evenkeel.lb.LoadMetric;
import io.evenkeel.lb.NodeSet;
import io.evenkeel.lb.Selector;
import io.evenkeel.lb.Strategy;
import io.evenkeel.lb.load.Ewma;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Nodes in turn in proportion to weight / mean latency, so that a node which takes twice as long
 * gets half the requests. Turns are dealt out by {@link WeightedRoundRobin}.
 *
 * <p>Latencies come from {@link Ewma}, which also says what failures cost. Weights are renewed at
 * intervals; a node that has not answered yet counts as the mean of the others. Until the first
 * answer this is weighted round robin.
 *
 * <p>It follows differences between nodes that last for seconds, and does not see what a node has
 * to do right now: {@link PowerOfChoices} and {@link LeastLoad} do. Choose it where requests must
 * come evenly spaced, or where many clients would all rush to the node that looks best.
 */
public final class ResponseTimeWeighted implements Strategy {
  private final Ewma metric;
  private final Duration update;

  private ResponseTimeWeighted(Builder builder) {
    this.metric = builder.metric;
    this.update = builder.update;
  }

  /** By {@link Ewma} with its defaults, and new weights once a second. */
  public static ResponseTimeWeighted ofDefaults() {
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
    nodes.renewAfter(update);
    double[] speeds = Speeds.of(nodes);
    NodeSet weighed = Speeds.known(speeds) == 0 ? nodes : Speeds.weigh(nodes, speeds);
    return WeightedRoundRobin.of().newSelector(weighed, previous);
  }

  @Override
  public String toString() {
    return "ResponseTimeWeighted[metric=" + metric + ", update=" + update + "]";
  }

  /** Builds a {@link ResponseTimeWeighted}. Not thread-safe. */
  public static final class Builder {
    private Ewma metric = Ewma.ofDefaults();
    private Duration update = Duration.ofSeconds(1);

    private Builder() {}

    /** How to average latencies. By default {@link Ewma#ofDefaults}. */
    public Builder metric(Ewma metric) {
      this.metric = requireNonNull(metric, "metric");
      return this;
    }

    /**
     * How often to take new weights. By default once a second.
     *
     * @throws IllegalArgumentException unless it is from 10 milliseconds to 1 hour
     */
    public Builder update(Duration interval) {
      this.update = Expect.upToAnHour("update", interval, Duration.ofMillis(10));
      return this;
    }

    /** The strategy. */
    public ResponseTimeWeighted build() {
      return new ResponseTimeWeighted(this);
    }
  }
}
