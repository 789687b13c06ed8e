package io.evenkeel.lb.strategy;

import static java.util.Objects.requireNonNull;

import io.evenkeel.lb.LoadMetric;
import io.evenkeel.lb.Node;
import io.evenkeel.lb.NodeSet;
import io.evenkeel.lb.RequestContext;
import io.evenkeel.lb.Selector;
import io.evenkeel.lb.Strategy;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Chooses by one strategy, and asks a second one what it would choose, to see where they differ
 * before the second is put to use. What it says goes into a {@link Comparison} and nowhere else.
 *
 * <ul>
 *   <li>The candidate sees the same nodes, weights and loads. These are the results of what the
 *       strategy in use chooses: where the candidate would have kept a node idle, it is not.
 *   <li>A candidate that fails disturbs no request: the failure is counted, and the first is
 *       logged.
 *   <li>A choice costs as much as both strategies' choices, two look-ups in a map, and three or
 *       four additions to counters. Where that matters, compare one choice in n.
 *   <li>Not compared is a choice that either leaves to the balancer: none, or an endpoint that was
 *       tried.
 *   <li>A candidate that asks to be renewed at intervals has the strategy in use renewed, too; and
 *       one that probes, as {@link HotCold} does, really sends its probes.
 * </ul>
 *
 * <p>Nodes have one meter each, so both must go by the same metric of load, unless one is known not
 * to go by load at all, as {@link RoundRobin} and {@link RingHash}.
 */
public final class Shadow extends Decorator {
  private static final int MOST = 1_000_000;

  /** What looks at no load. Others are taken to do so, since strategies do not tell. */
  private static final Set<Class<? extends Strategy>> WITHOUT_LOAD =
      Set.of(
          RoundRobin.class,
          WeightedRoundRobin.class,
          RandomChoice.class,
          WeightedRandom.class,
          RingHash.class,
          Maglev.class,
          Rendezvous.class,
          JumpHash.class,
          HotCold.class);

  private final Strategy candidate;
  private final Comparison comparison;
  private final int oneIn;

  private Shadow(Strategy inner, Strategy candidate, Comparison comparison, int oneIn) {
    super(Layer.SHADOW, inner);
    this.candidate = requireNonNull(candidate, "candidate");
    this.comparison = requireNonNull(comparison, "comparison");
    this.oneIn = Expect.within("oneIn", oneIn, 1, MOST);
    String unbounded = "one without a bound of load, which would be real";
    Expect.that(!candidate.boundsLoad(), "candidate", candidate, unbounded);
    if (goesByLoad(inner)
        && goesByLoad(candidate)
        && !inner.loadMetric().equals(candidate.loadMetric())) {
      throw new IllegalArgumentException(
          "candidate: "
              + candidate
              + " by "
              + candidate.loadMetric()
              + " (expected: the load metric of "
              + inner
              + ", "
              + inner.loadMetric()
              + ": a node has one meter)");
    }
  }

  /**
   * Compares each choice.
   *
   * @param inner chooses
   * @param candidate what to compare it with
   * @param comparison takes what is found
   * @throws IllegalArgumentException if the candidate bounds loads, or goes by another load metric
   *     than the inner strategy
   */
  public static Shadow of(Strategy inner, Strategy candidate, Comparison comparison) {
    return new Shadow(inner, candidate, comparison, 1);
  }

  /**
   * Compares some of the choices.
   *
   * @param inner chooses
   * @param candidate what to compare it with
   * @param comparison takes what is found
   * @param oneIn compares one choice in so many, drawn at random; from 1 to 1,000,000
   * @throws IllegalArgumentException if that is out of range, or the candidate bounds loads or goes
   *     by another load metric than the inner strategy
   */
  public static Shadow of(Strategy inner, Strategy candidate, Comparison comparison, int oneIn) {
    return new Shadow(inner, candidate, comparison, oneIn);
  }

  private static boolean goesByLoad(Strategy strategy) {
    if (strategy instanceof Shadow shadow && goesByLoad(shadow.candidate)) {
      return true;
    }
    return strategy instanceof Decorator decorator
        ? goesByLoad(decorator.inner)
        : !WITHOUT_LOAD.contains(strategy.getClass());
  }

  @Override
  public LoadMetric loadMetric() {
    return goesByLoad(inner) ? inner.loadMetric() : candidate.loadMetric();
  }

  @Override
  void checkInside(Decorator outer) {
    super.checkInside(outer);
    outer.check(candidate);
  }

  @Override
  public Selector newSelector(NodeSet nodes, @Nullable Selector previous) {
    Pair before = previous instanceof Pair pair ? pair : null;
    Selector chooser = inner.newSelector(nodes, before == null ? null : before.chooser);
    Selector other = null;
    try {
      other = candidate.newSelector(nodes, before == null ? null : before.other);
    } catch (Throwable t) {
      comparison.failed(candidate, t);
    }
    return new Pair(chooser, other, comparison.follow(nodes.all()), nodes.random());
  }

  @Override
  public String toString() {
    return "Shadow[candidate=" + candidate + ", oneIn=" + oneIn + ", inner=" + inner + "]";
  }

  private final class Pair implements Selector {
    private final Selector chooser;

    /** Null where the candidate could not make one. */
    private final @Nullable Selector other;

    private final Map<Node, Comparison.Tally> tallies;
    private final RandomGenerator random;

    Pair(
        Selector chooser,
        @Nullable Selector other,
        Map<Node, Comparison.Tally> tallies,
        RandomGenerator random) {
      this.chooser = chooser;
      this.other = other;
      this.tallies = tallies;
      this.random = random;
    }

    @Override
    public @Nullable Node select(RequestContext context) {
      Node chosen = chooser.select(context);
      if (oneIn == 1 || Nodes.upper(random.nextLong(), oneIn) == 0) {
        compare(chosen, context);
      }
      return chosen;
    }

    private void compare(@Nullable Node chosen, RequestContext context) {
      if (other == null || chosen == null || context.tried(chosen.endpoint())) {
        return;
      }
      try {
        Node would = other.select(context);
        if (would == null || context.tried(would.endpoint())) {
          return;
        }
        Comparison.Tally one = tallies.get(chosen);
        Comparison.Tally two = tallies.get(would);
        if (one != null && two != null) {
          comparison.count(one, two);
        }
      } catch (Throwable t) {
        comparison.failed(candidate, t);
      }
    }

    @Override
    public @Nullable Node explain(RequestContext context, Consumer<String> why) {
      Node chosen = chooser.explain(context, why);
      if (other != null) {
        try {
          Node would = other.explain(context, phrase -> {});
          why.accept(
              "not in use: "
                  + candidate
                  + " would choose "
                  + (would == null ? "none" : would.endpoint().id()));
        } catch (Throwable t) {
          comparison.failed(candidate, t);
        }
      }
      return chosen;
    }
  }
}
