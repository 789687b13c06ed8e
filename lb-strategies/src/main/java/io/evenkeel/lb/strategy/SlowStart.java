package io.evenkeel.lb.strategy;

import io.evenkeel.lb.Node;
import io.evenkeel.lb.NodeSet;
import io.evenkeel.lb.Selector;
import io.evenkeel.lb.Strategy;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Lets a node that has just become usable take up its load by degrees, so that it can fill its
 * caches and compile its code. Its weight is multiplied with
 *
 * <pre>
 * max(0.10, (t / window) ^ (1 / aggression))
 * </pre>
 *
 * where t is the time since the node joined or was admitted again (Envoy's slow start). The nodes
 * of a balancer's first set count as warm, and so does a set that keeps none of the nodes that were
 * usable before: where all are new there is nobody to spare them. Weights grow in steps of 1/20 of
 * the window, of at least 100 milliseconds.
 *
 * <p>For any strategy that chooses by weight; one that ignores weights also ignores this. It
 * belongs around {@link PriorityTiers} and {@link ZoneAware}: then a tier or a zone that comes back
 * as a whole takes its load back by degrees, too.
 */
public final class SlowStart extends Decorator {
  private static final double FLOOR = 0.10;
  private static final int STEPS = 20;
  private static final long SHORTEST_STEP_NANOS = Duration.ofMillis(100).toNanos();
  private static final Duration MIN_WINDOW = Duration.ofMillis(100);
  private static final Duration MAX_WINDOW = Duration.ofDays(1);

  private final Duration window;
  private final double aggression;

  private SlowStart(Builder builder) {
    super(Layer.SLOW_START, builder.inner);
    this.window = builder.window;
    this.aggression = builder.aggression;
  }

  /**
   * A window of 30 seconds, through which the weight grows evenly.
   *
   * @throws IllegalArgumentException if there is a slow start in the inner strategy
   */
  public static SlowStart of(Strategy inner) {
    return builder(inner).build();
  }

  /** Begins a strategy with other settings. */
  public static Builder builder(Strategy inner) {
    return new Builder(inner);
  }

  @Override
  public Selector newSelector(NodeSet nodes, @Nullable Selector previous) {
    Carrier<Ramp> before = Carrier.from(previous, Ramp.class);
    long now = nodes.nowNanos();
    Map<Node, Long> usableSince =
        usableSince(nodes, before == null ? Map.of() : before.state().usableSince);
    double[] weights = new double[nodes.usable().size()];
    boolean ramping = false;
    for (int i = 0; i < weights.length; i++) {
      Long since = usableSince.get(nodes.usable().get(i));
      double factor = since == null ? 1 : factor(now - since);
      weights[i] = Math.max(nodes.weight(i) * factor, Double.MIN_VALUE);
      ramping |= factor < 1;
    }
    if (ramping) {
      nodes.renewAfter(Duration.ofNanos(Math.max(window.toNanos() / STEPS, SHORTEST_STEP_NANOS)));
    }
    NodeSet offered = ramping ? nodes.reweighted(weights) : nodes;
    Selector chooser = inner.newSelector(offered, before == null ? null : before.chooser());
    return new Carrier<>(chooser, new Ramp(usableSince));
  }

  /**
   * Of all nodes and not only those offered: an outer decorator may leave out nodes that were warm
   * long before it offers them.
   */
  private Map<Node, Long> usableSince(NodeSet nodes, Map<Node, Long> before) {
    Long now = nodes.nowNanos();
    Map<Node, Long> usableSince = new HashMap<>();
    boolean allNew = true;
    for (Node node : nodes.all()) {
      if (node.weight() > 0) {
        Long known = before.get(node);
        usableSince.put(node, known == null ? now : known);
        allNew &= known == null;
      }
    }
    if (allNew) {
      Long warm = now - window.toNanos();
      usableSince.replaceAll((node, since) -> warm);
    }
    return usableSince;
  }

  private double factor(long nanos) {
    double progress = nanos / (double) window.toNanos();
    return progress >= 1 ? 1 : Math.max(FLOOR, Math.pow(progress, 1 / aggression));
  }

  @Override
  public String toString() {
    return "SlowStart[window=" + window + ", aggression=" + aggression + ", inner=" + inner + "]";
  }

  private record Ramp(Map<Node, Long> usableSince) {}

  /** Builds a {@link SlowStart}. Not thread-safe. */
  public static final class Builder {
    private final Strategy inner;
    private Duration window = Duration.ofSeconds(30);
    private double aggression = 1;

    private Builder(Strategy inner) {
      this.inner = inner;
    }

    /**
     * How long a node takes to get its full weight. By default 30 seconds.
     *
     * @throws IllegalArgumentException unless it is from 100 milliseconds to 1 day
     */
    public Builder window(Duration window) {
      this.window = Expect.within("window", window, MIN_WINDOW, MAX_WINDOW);
      return this;
    }

    /**
     * How much of its weight a node gets early: 1 grows evenly, more grows faster at first. By
     * default 1.
     *
     * @throws IllegalArgumentException unless it is from 0.1 to 100
     */
    public Builder aggression(double aggression) {
      this.aggression = Expect.within("aggression", aggression, 0.1, 100);
      return this;
    }

    /**
     * The strategy.
     *
     * @throws IllegalArgumentException if there is a slow start in the inner strategy
     */
    public SlowStart build() {
      return new SlowStart(this);
    }
  }
}
