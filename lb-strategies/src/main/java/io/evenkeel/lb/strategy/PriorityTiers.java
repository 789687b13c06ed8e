package io.evenkeel.lb.strategy;

import static java.util.Objects.requireNonNull;

import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.Node;
import io.evenkeel.lb.NodeSet;
import io.evenkeel.lb.Selector;
import io.evenkeel.lb.Strategy;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Nodes in tiers: the first takes all requests that it is fit for, and the rest spills down to the
 * next ones (Envoy's priority levels). The health of a tier is
 *
 * <pre>
 * min(100, overprovisioning * 100 * usable weight / configured weight)
 * </pre>
 *
 * in whole percent, and at least 1 while a node of it is usable. A tier takes as many percent of
 * the requests as its health, of what the tiers before it leave. Where all tiers together have less
 * than 100, they share the requests in proportion to their health. With the default
 * overprovisioning of 1.4, a first tier of which 72 / 71 / 50 / 25 % are usable keeps 100 / 99 / 70
 * / 35 % of the requests.
 *
 * <p>The usable weight is the one offered: a {@link SlowStart} around this brings a tier that comes
 * back its requests back by degrees. A retry goes to another node of its tier, and only when all of
 * these were tried to other tiers, the first of them first. Requests with the same affinity go to
 * the same tier.
 *
 * <p>A balancer that panics offers all its nodes as if they were fit, and all requests go to the
 * first tier. So set its panic threshold below the share of capacity that is left when the largest
 * tier is lost.
 */
public final class PriorityTiers extends Decorator {
  private final ToIntFunction<Endpoint> priority;
  private final double overprovisioning;

  private PriorityTiers(Builder builder) {
    super(Layer.TIERS, builder.inner);
    this.priority = builder.priority;
    this.overprovisioning = builder.overprovisioning;
  }

  /**
   * Tiers by {@link Endpoint#priority()}.
   *
   * @param inner chooses within each tier
   * @throws IllegalArgumentException if there are tiers, sessions or a {@link SlowStart} in the
   *     inner strategy
   */
  public static PriorityTiers of(Strategy inner) {
    return builder(inner).build();
  }

  /**
   * Begins a strategy with other settings.
   *
   * @param inner chooses within each tier
   */
  public static Builder builder(Strategy inner) {
    return new Builder(inner);
  }

  @Override
  public Selector newSelector(NodeSet nodes, @Nullable Selector previous) {
    SortedMap<Integer, Tier> tiers = new TreeMap<>();
    for (Node node : nodes.all()) {
      tier(tiers, node).configured += node.endpoint().weight();
    }
    int[] groupOf = new int[nodes.usable().size()];
    for (int i = 0; i < groupOf.length; i++) {
      tier(tiers, nodes.usable().get(i)).usable += nodes.weight(i);
    }
    tiers.values().removeIf(tier -> tier.usable == 0);
    int left = Math.min(100, tiers.values().stream().mapToInt(this::health).sum());
    List<Groups.Group> groups = new ArrayList<>(tiers.size());
    for (var entry : tiers.entrySet()) {
      Tier tier = entry.getValue();
      int load = Math.min(left, health(tier));
      left -= load;
      tier.index = groups.size();
      groups.add(new Groups.Group(entry.getKey(), "tier " + entry.getKey(), load, tier.index));
    }
    for (int i = 0; i < groupOf.length; i++) {
      groupOf[i] = tier(tiers, nodes.usable().get(i)).index;
    }
    return Groups.newSelector(this, nodes, groups, groupOf, previous);
  }

  private Tier tier(SortedMap<Integer, Tier> tiers, Node node) {
    return tiers.computeIfAbsent(priority.applyAsInt(node.endpoint()), key -> new Tier());
  }

  /** In whole percent, as Envoy has it: rounded down, but for what is lost in the arithmetic. */
  private int health(Tier tier) {
    double percent = overprovisioning * 100 * tier.usable / tier.configured;
    return (int) Math.max(1, Math.min(100, percent + 1e-9));
  }

  @Override
  public String toString() {
    return "PriorityTiers[overprovisioning=" + overprovisioning + ", inner=" + inner + "]";
  }

  private static final class Tier {
    double configured;
    double usable;
    int index;
  }

  /** Builds {@link PriorityTiers}. Not thread-safe. */
  public static final class Builder {
    private final Strategy inner;
    private ToIntFunction<Endpoint> priority = Endpoint::priority;
    private double overprovisioning = 1.4;

    private Builder(Strategy inner) {
      this.inner = inner;
    }

    /**
     * The tier of an endpoint; the lowest is the first. By default {@link Endpoint#priority()}.
     *
     * @param priority always the same for the same endpoint
     */
    public Builder priority(ToIntFunction<Endpoint> priority) {
      this.priority = requireNonNull(priority, "priority");
      return this;
    }

    /**
     * How many times the capacity that it needs a tier has. By default 1.4: it may lose 2/7 of its
     * weight before requests spill.
     *
     * @throws IllegalArgumentException unless it is from 1 to 100
     */
    public Builder overprovisioning(double factor) {
      this.overprovisioning = Expect.within("overprovisioning", factor, 1, 100);
      return this;
    }

    /**
     * The strategy.
     *
     * @throws IllegalArgumentException if there are tiers, sessions or a {@link SlowStart} in the
     *     inner strategy
     */
    public PriorityTiers build() {
      return new PriorityTiers(this);
    }
  }
}
