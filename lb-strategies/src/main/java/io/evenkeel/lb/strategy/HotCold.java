package io.evenkeel.lb.strategy;

import static java.util.Objects.requireNonNull;

import io.evenkeel.lb.LoadReport;
import io.evenkeel.lb.Node;
import io.evenkeel.lb.NodeSet;
import io.evenkeel.lb.Probe;
import io.evenkeel.lb.RequestContext;
import io.evenkeel.lb.Selector;
import io.evenkeel.lb.Strategy;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.ForkJoinPool;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Asks nodes how loaded they are and goes by the answers: Prequal (Wydrowski, Kleinberg, Rumble and
 * Archer, "Load is not what you should balance: introducing Prequal", NSDI 2024). For many clients
 * of the same servers, none of which can see what the others do.
 *
 * <p>The latest answers are kept in a pool of 16; in more than one where there are over a million
 * choices a second, each for some of the threads. Of the nodes in it, those with more requests in
 * flight than the hot quantile are hot. The choice is the cold node with the least latency, or, if
 * all are hot, the one with the fewest in flight. With fewer than two answers it is any node, at
 * random by weight. In detail:
 *
 * <ul>
 *   <li>Each request sends some probes, to nodes drawn by weight. As the answers to these come,
 *       some that were there are removed: the oldest and the worst in turn.
 *   <li>An answer is good for max(1, 2 / ((1 - 16/n) * probes - removals)) choices among n nodes,
 *       or any number where that has no bound, and for at most the age; a newer one of the same
 *       node takes its place. Each choice counts as one more request in flight there.
 *   <li>Loads are divided by the node's weight for its part of the mean weight.
 *   <li>An answer must have {@linkplain LoadReport#inFlight requests in flight}; others are
 *       ignored, and an error takes away the last answer. One without {@linkplain
 *       LoadReport#latencyNanos latency} counts as the quickest: else a server that has answered
 *       nothing yet would never be asked to.
 * </ul>
 *
 * <p>Requests never wait for probes. A choice allocates nothing itself; it hands the sending over
 * to the executor, one hand-over at a time, and what that and the probes allocate is theirs.
 */
public final class HotCold implements Strategy {
  /** How many answers are kept. */
  static final int ANSWERS = 16;

  /** As more threads than processors cannot choose at once. */
  private static final int MOST_POOLS =
      Integer.highestOneBit(Math.min(Probing.LANES, Runtime.getRuntime().availableProcessors()));

  private static final double REUSE = 1;
  private static final int RENEWALS = 10;

  private final Probe probe;
  private final Executor executor;
  private final double probes;
  private final double removals;
  private final double quantile;
  private final Duration age;
  private final int concurrency;

  private HotCold(Builder builder) {
    this.probe = builder.probe;
    this.executor = builder.executor;
    this.probes = builder.probes;
    this.removals = builder.removals;
    this.quantile = builder.quantile;
    this.age = builder.age;
    this.concurrency = builder.concurrency;
  }

  /** Three probes and one removal for each request, a quantile of 0.84, an age of 1 second. */
  public static HotCold of(Probe probe) {
    return builder(probe).build();
  }

  /** Begins a strategy with other settings. */
  public static Builder builder(Probe probe) {
    return new Builder(probe);
  }

  @Override
  public Selector newSelector(NodeSet nodes, @Nullable Selector previous) {
    long renewal = age.toNanos() / RENEWALS;
    nodes.renewAfter(Duration.ofNanos(renewal));
    Choice before = previous instanceof Choice choice ? choice : null;
    Probing probing =
        before == null ? new Probing(probe, executor, probes, concurrency) : before.probing;
    Choice choice = new Choice(nodes, before, probing);
    // What is older by the next renewal must go now.
    choice.pools.renew(scales(nodes), nodes.nowNanos(), age.toNanos() - renewal);
    probing.renew(choice.targets, age.toNanos());
    return choice;
  }

  /** For how many choices an answer is good among n nodes. */
  static double uses(int n, double probes, double removals) {
    double gain = (1 - (double) ANSWERS / n) * probes - removals;
    return gain <= 0 ? ProbePool.UNLIMITED : Math.max(1, (1 + REUSE) / gain);
  }

  private static double[] scales(NodeSet nodes) {
    double[] weights = Nodes.weights(nodes);
    double mean = Arrays.stream(weights).average().orElse(1);
    return Arrays.stream(weights).map(weight -> mean / weight).toArray();
  }

  @Override
  public String toString() {
    return "HotCold[probe="
        + probe
        + ", probesPerRequest="
        + probes
        + ", removalsPerRequest="
        + removals
        + ", hotQuantile="
        + quantile
        + ", age="
        + age
        + ", concurrency="
        + concurrency
        + "]";
  }

  private final class Choice implements Selector {
    private final Node[] nodes;
    private final Probing probing;
    private final ProbePools pools;
    private final Probing.Targets targets;

    Choice(NodeSet set, @Nullable Choice before, Probing probing) {
      this.nodes = Nodes.array(set);
      this.probing = probing;
      this.pools = pools(set, before);
      this.targets =
          new Probing.Targets(
              nodes,
              Nodes.weights(set),
              set.random(),
              new Pooled(
                  pools,
                  uses(nodes.length, probes, removals),
                  // More than all there are cannot be removed.
                  Math.min(ANSWERS, removals / probes),
                  set.random()));
    }

    private ProbePools pools(NodeSet set, @Nullable Choice before) {
      long now = set.nowNanos();
      Supplier<ProbePool> empty = () -> new ProbePool(ANSWERS, quantile, scales(set), now);
      if (before == null) {
        return ProbePools.of(empty.get(), now);
      }
      ProbePools known =
          Arrays.equals(nodes, before.nodes)
              ? before.pools
              : before.pools.moved(numbers(before.nodes, nodes), empty);
      return known.fitting(MOST_POOLS, probing.requests(), now, empty);
    }

    @Override
    public Node select(RequestContext context) {
      probing.count();
      int chosen = pools.ofThread().take(nodes, context);
      return nodes[chosen == ProbePool.NONE ? targets.draw() : chosen];
    }

    @Override
    public Node explain(RequestContext context, Consumer<String> why) {
      ProbePool pool = pools.ofThread();
      int chosen = pool.look(nodes, context);
      int answers = pool.size();
      why.accept(
          chosen == ProbePool.NONE
              ? "drawn at random: of " + answers + " answers to probes none is of use"
              : "has the best of " + answers + " answers to probes");
      return nodes[chosen == ProbePool.NONE ? targets.draw() : chosen];
    }
  }

  /**
   * Puts answers into pools; into those of nodes that are no longer chosen from they go in vain.
   *
   * @param uses how many choices an answer is good for, on average
   * @param removals how many others an answer removes, on average
   */
  private record Pooled(ProbePools pools, double uses, double removals, RandomGenerator random)
      implements Probing.Answers {
    @Override
    public long nowNanos() {
      return pools.nowNanos();
    }

    @Override
    public void add(int node, LoadReport report) {
      if (report.inFlight() >= 0) {
        ProbePool pool = pools.drawn(random);
        makeRoom(pool);
        // Rounded at random, so that the average is right.
        double drawn = Math.floor(uses + random.nextDouble());
        int whole = uses >= ProbePool.UNLIMITED ? ProbePool.UNLIMITED : (int) drawn;
        pool.add(node, report.inFlight(), report.latencyNanos(), whole);
      }
    }

    /** What it last said is true no more. */
    @Override
    public void failed(int node) {
      pools.remove(node);
    }

    private void makeRoom(ProbePool pool) {
      long answer = pool.added();
      long until = (long) ((answer + 1) * removals);
      for (long removal = (long) (answer * removals); removal < until; removal++) {
        if ((removal & 1) == 0) {
          pool.removeOldest();
        } else {
          pool.removeWorst();
        }
      }
    }
  }

  private static int[] numbers(Node[] before, Node[] after) {
    Map<Node, Integer> places = new HashMap<>();
    for (int i = 0; i < after.length; i++) {
      places.put(after[i], i);
    }
    return Arrays.stream(before)
        .mapToInt(node -> places.getOrDefault(node, ProbePool.NONE))
        .toArray();
  }

  /** Builds a {@link HotCold}. Not thread-safe. */
  public static final class Builder {
    private static final double MOST = ANSWERS;

    private final Probe probe;
    private Executor executor = ForkJoinPool.commonPool();
    private double probes = 3;
    private double removals = 1;
    private double quantile = 0.84;
    private Duration age = Duration.ofSeconds(1);
    private int concurrency = 32;

    private Builder(Probe probe) {
      this.probe = requireNonNull(probe, "probe");
    }

    /**
     * What sends the probes, which must not be the caller's thread. By default the common pool of
     * the JVM.
     */
    public Builder executor(Executor executor) {
      this.executor = requireNonNull(executor, "executor");
      return this;
    }

    /**
     * How many probes a request sends, on average. By default 3.
     *
     * @throws IllegalArgumentException unless it is from 0.01 to 16
     */
    public Builder probesPerRequest(double probes) {
      this.probes = Expect.within("probesPerRequest", probes, 0.01, MOST);
      return this;
    }

    /**
     * How many answers are removed, on average, as those to the probes of a request come. By
     * default 1.
     *
     * @throws IllegalArgumentException unless it is from 0 to 16
     */
    public Builder removalsPerRequest(double removals) {
      this.removals = Expect.within("removalsPerRequest", removals, 0.0, MOST);
      return this;
    }

    /**
     * Which share of nodes to choose among by latency, rather than to avoid for their requests in
     * flight. By default 0.84.
     *
     * @throws IllegalArgumentException unless it is from 0 to 1
     */
    public Builder hotQuantile(double quantile) {
      this.quantile = Expect.within("hotQuantile", quantile, 0.0, 1.0);
      return this;
    }

    /**
     * For how long an answer may be used. By default 1 second.
     *
     * @throws IllegalArgumentException unless it is from 100 milliseconds to 1 hour
     */
    public Builder age(Duration age) {
      this.age = Expect.upToAnHour("age", age, Duration.ofMillis(100));
      return this;
    }

    /**
     * How many probes may be under way at a time, of which there is one for each node. By default
     * 32; while there are as many, none is sent.
     *
     * @throws IllegalArgumentException unless it is from 1 to 1024
     */
    public Builder concurrency(int probes) {
      this.concurrency = Expect.within("concurrency", probes, 1, 1024);
      return this;
    }

    /** The strategy. */
    public HotCold build() {
      return new HotCold(this);
    }
  }
}
