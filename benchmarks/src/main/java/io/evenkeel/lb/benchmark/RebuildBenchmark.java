package io.evenkeel.lb.benchmark;

import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.EndpointSet;
import io.evenkeel.lb.testkit.ManualSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
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

/** From the moment when a source publishes a set to the moment when requests see it. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class RebuildBenchmark {

  /** One endpoint of many is replaced. */
  @Benchmark
  public int oneReplaced(Published state) {
    state.source.publish(state.next(state.oneOther));
    return state.balancer.endpoints().size();
  }

  /** All endpoints are replaced. */
  @Benchmark
  public int allReplaced(Published state) {
    state.source.publish(state.next(state.allOther));
    return state.balancer.endpoints().size();
  }

  /** The least that finding the changes takes: the endpoints in a map by id. */
  @Benchmark
  public Map<String, Endpoint> indexById(Plain state) {
    List<Endpoint> endpoints = state.set.endpoints();
    Map<String, Endpoint> byId = new HashMap<>(2 * endpoints.size());
    for (Endpoint endpoint : endpoints) {
      byId.put(endpoint.id(), endpoint);
    }
    return byId;
  }

  /** A set of endpoints. */
  @State(Scope.Benchmark)
  public static class Plain {
    /** How many endpoints. */
    @Param({"10", "1000", "50000"})
    public int endpoints;

    EndpointSet set;

    /** Makes the set. */
    @Setup
    public void setUp() {
      set = Fleet.endpoints(Policy.ROUND_ROBIN, endpoints, 0);
    }
  }

  /** A balancer, its source, and what that could publish. */
  @State(Scope.Benchmark)
  public static class Published {
    /** How many endpoints. */
    @Param({"10", "1000", "50000"})
    public int endpoints;

    /** How to choose. Those that are left out are rebuilt like one of these. */
    @Param({
      "ROUND_ROBIN",
      "WEIGHTED_ROUND_ROBIN",
      "WEIGHTED_ROUND_ROBIN_PRIMES",
      "WEIGHTED_RANDOM",
      "LEAST_REQUESTS",
      "TWO_CHOICES_PEAK_EWMA",
      "WEIGHTED_TWO_CHOICES_PEAK_EWMA",
      "RING_HASH",
      "MAGLEV",
      "BOUNDED_MAGLEV"
    })
    public Policy policy;

    final ManualSource source = new ManualSource();
    EndpointSet first;
    EndpointSet oneOther;
    EndpointSet allOther;
    Balancer balancer;
    private boolean other;

    /** Builds the balancer. */
    @Setup
    public void setUp() {
      first = Fleet.endpoints(policy, endpoints, 0);
      allOther = Fleet.endpoints(policy, endpoints, 1);
      List<Endpoint> most = new ArrayList<>(first.endpoints());
      most.set(endpoints / 2, allOther.endpoints().get(endpoints / 2));
      oneOther = EndpointSet.of(most);
      source.publish(first);
      balancer = Balancer.builder("measured").source(source).strategy(policy.strategy()).build();
    }

    /** Lets go of it. */
    @TearDown
    public void tearDown() {
      balancer.close();
    }

    /** The first set and the given one in turn, since a set that changes nothing is not taken. */
    EndpointSet next(EndpointSet set) {
      other = !other;
      return other ? set : first;
    }
  }
}
