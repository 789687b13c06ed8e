package io.evenkeel.lb.strategy;

import static java.util.Objects.requireNonNull;

import io.evenkeel.lb.LoadReport;
import io.evenkeel.lb.Node;
import io.evenkeel.lb.NodeSet;
import io.evenkeel.lb.Probe;
import io.evenkeel.lb.RequestContext;
import io.evenkeel.lb.Selector;
import io.evenkeel.lb.Strategy;
import io.evenkeel.lb.load.PeakEwma;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.ForkJoinPool;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Asks nodes how loaded they are, for a strategy that goes by reports, as those that compare by
 * {@link PeakEwma} do. For many clients of the same servers.
 *
 * <p>Reports in responses tell a client of the servers that it uses, and only as often as it does:
 * one of a hundred clients hears of each of a hundred servers once in a hundred service times. Each
 * request sends a few probes, to nodes drawn by weight, so that a choice knows some fresh ones; the
 * answers are {@linkplain Node#report reported} to the nodes. An answer needs {@linkplain
 * LoadReport#inFlight requests in flight}.
 *
 * <p>Requests never wait for probes. A choice allocates nothing itself; it hands the sending over
 * to the executor, one hand-over at a time, and what that and the probes allocate is theirs. A
 * probe without an answer is given up after one to two seconds.
 */
public final class Probed extends Decorator {
  private static final Duration PATIENCE = Duration.ofSeconds(1);
  private static final int CONCURRENCY = 32;
  private static final double MOST = 16;

  private final Probe probe;
  private final Executor executor;
  private final double probes;

  private Probed(Builder builder) {
    super(Layer.PROBES, builder.inner);
    this.probe = builder.probe;
    this.executor = builder.executor;
    this.probes = builder.probes;
  }

  /**
   * Three probes for each request, unless 32 are under way.
   *
   * @throws IllegalArgumentException if the inner strategy probes by this, too
   */
  public static Probed of(Strategy inner, Probe probe) {
    return builder(inner, probe).build();
  }

  /** Begins a strategy with other settings. */
  public static Builder builder(Strategy inner, Probe probe) {
    return new Builder(inner, probe);
  }

  @Override
  public Selector newSelector(NodeSet nodes, @Nullable Selector previous) {
    nodes.renewAfter(PATIENCE);
    Asking before = previous instanceof Asking asking ? asking : null;
    Probing probing =
        before == null ? new Probing(probe, executor, probes, CONCURRENCY) : before.probing;
    Reported reported = new Reported(nodes.usable(), nodes.nowNanos());
    probing.renew(
        new Probing.Targets(Nodes.array(nodes), Nodes.weights(nodes), nodes.random(), reported),
        PATIENCE.toNanos());
    Selector chooser = inner.newSelector(nodes, before == null ? null : before.chooser);
    return new Asking(chooser, probing);
  }

  @Override
  public String toString() {
    return "Probed[probe=" + probe + ", probesPerRequest=" + probes + ", inner=" + inner + "]";
  }

  private record Asking(Selector chooser, Probing probing) implements Selector {
    @Override
    public @Nullable Node select(RequestContext context) {
      probing.count();
      return chooser.select(context);
    }

    @Override
    public @Nullable Node explain(RequestContext context, Consumer<String> why) {
      return chooser.explain(context, why);
    }
  }

  /** Hands answers on to the nodes. */
  private record Reported(List<Node> nodes, long nowNanos) implements Probing.Answers {
    @Override
    public void add(int node, LoadReport report) {
      nodes.get(node).report(report);
    }

    /** Whether a node is fit for requests, health judges. */
    @Override
    public void failed(int node) {}
  }

  /** Builds a {@link Probed}. Not thread-safe. */
  public static final class Builder {
    private final Strategy inner;
    private final Probe probe;
    private Executor executor = ForkJoinPool.commonPool();
    private double probes = 3;

    private Builder(Strategy inner, Probe probe) {
      this.inner = requireNonNull(inner, "inner");
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
     * The strategy.
     *
     * @throws IllegalArgumentException if the inner strategy probes by this, too
     */
    public Probed build() {
      return new Probed(this);
    }
  }
}
