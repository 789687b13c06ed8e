package io.evenkeel.lb.benchmark;

import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.EndpointSet;
import io.evenkeel.lb.Node;
import io.evenkeel.lb.testkit.ManualSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * Single choices while another thread replaces one endpoint of many a hundred times a second: how
 * late the latest are. Includes the reading of the clock, and whatever else stops a thread.
 */
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class ChangeBenchmark {

  /** A choice. */
  @Benchmark
  public Node select(Changing state, ChooseBenchmark.Requests requests) {
    return state.balancer.select(requests.next());
  }

  /** No choice: what the machine itself makes late. */
  @Benchmark
  public Object nothing(Changing state) {
    return state.balancer;
  }

  /** A balancer whose endpoints change. */
  @State(Scope.Benchmark)
  public static class Changing {
    private static final long INTERVAL_NANOS = 10_000_000;

    /** How to choose. */
    @Param({"IDLE_FIRST", "ROUND_ROBIN", "RING_HASH", "MAGLEV", "BOUNDED_MAGLEV"})
    public Policy policy;

    /** Among how many. */
    @Param("1000")
    public int endpoints;

    Balancer balancer;
    private Thread changer;
    private volatile boolean stopped;

    /** Begins to change the endpoints. */
    @Setup
    public void setUp() {
      EndpointSet first = Fleet.endpoints(policy, endpoints, 0);
      List<Endpoint> most = new ArrayList<>(first.endpoints());
      most.set(endpoints / 2, Fleet.endpoints(policy, endpoints, 1).endpoints().get(endpoints / 2));
      EndpointSet second = EndpointSet.of(most);
      ManualSource source = new ManualSource();
      source.publish(first);
      balancer = Balancer.builder("changing").source(source).strategy(policy.strategy()).build();
      changer =
          new Thread(
              () -> {
                for (int i = 0; !stopped; i++) {
                  source.publish(i % 2 == 0 ? second : first);
                  LockSupport.parkNanos(INTERVAL_NANOS);
                }
              });
      changer.start();
    }

    /** Lets go of it. */
    @TearDown
    public void tearDown() throws InterruptedException {
      stopped = true;
      changer.join();
      balancer.close();
    }
  }
}
