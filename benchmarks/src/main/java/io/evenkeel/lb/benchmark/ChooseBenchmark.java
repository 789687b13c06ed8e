package io.evenkeel.lb.benchmark;

import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.Node;
import io.evenkeel.lb.RequestContext;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.infra.BenchmarkParams;

/** A choice alone, through the public API. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class ChooseBenchmark {

  /** All threads choose from one balancer. */
  @Benchmark
  public Node select(Shared state, Requests requests) {
    return state.balancer.select(requests.next());
  }

  /** Each thread has a balancer of its own: what sharing costs is the difference. */
  @Benchmark
  public Node selectUnshared(Unshared state, Requests requests) {
    return state.balancer.select(requests.next());
  }

  /** A balancer that has seen some traffic. */
  @State(Scope.Benchmark)
  public abstract static class Chosen {
    /** How to choose. */
    @Param public Policy policy;

    /** Among how many. */
    @Param({"10", "100", "1000"})
    public int endpoints;

    Balancer balancer;

    /** Builds the balancer. */
    @Setup
    public void setUp() {
      balancer = Fleet.busy(policy, endpoints);
    }

    /** Lets go of it. */
    @TearDown
    public void tearDown() {
      balancer.close();
    }
  }

  /** A thread's requests: one object, of which the affinity changes where the policy goes by it. */
  @State(Scope.Thread)
  public static class Requests implements RequestContext {
    private long step;
    private long mask;
    private long affinity;

    /** Looks up what the policy wants. */
    @Setup
    public void setUp(BenchmarkParams params) {
      setUp(Policy.valueOf(params.getParam("policy")));
    }

    void setUp(Policy policy) {
      step = policy.affinityStep();
      mask = policy.affinities();
    }

    Requests next() {
      affinity = (affinity + step) & mask;
      return this;
    }

    @Override
    public long affinity() {
      return affinity;
    }
  }

  /** One for all threads. */
  @State(Scope.Benchmark)
  public static class Shared extends Chosen {}

  /** One for each thread. */
  @State(Scope.Thread)
  public static class Unshared extends Chosen {}
}
