package io.evenkeel.lb.benchmark;

import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.BalancerBuilder;
import io.evenkeel.lb.BalancerListener;
import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.EndpointSource;
import io.evenkeel.lb.Lease;
import io.evenkeel.lb.LoadMetric;
import io.evenkeel.lb.Node;
import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.RequestContext;
import io.evenkeel.lb.Ticker;
import io.evenkeel.lb.health.Health;
import io.evenkeel.lb.load.PeakEwma;
import io.evenkeel.lb.strategy.PowerOfChoices;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.infra.ThreadParams;

/** Telling a node that a request has begun and ended. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class AccountBenchmark {
  /**
   * Makes the clock run 2048 times as fast. Requests that end within nanoseconds nearly all fall
   * into one tick of the meter, which then has little to do; at this speed each of them moves the
   * average, as requests of real length do. It also makes all threads write the recent time 2048
   * times as often, which two threads feel.
   */
  private static final Ticker HURRIED = () -> System.nanoTime() << 11;

  /** Begin and end on a node of the thread's own. */
  @Benchmark
  public void ownNode(Counted state, Mine mine) {
    Node node = mine.node;
    node.end(node.begin(), Outcome.SUCCESS);
  }

  /** Begin and end on one node for all threads. */
  @Benchmark
  public void sharedNode(Counted state) {
    Node node = state.first;
    node.end(node.begin(), Outcome.SUCCESS);
  }

  /** What people use: a lease. */
  @Benchmark
  public boolean lease(Counted state) {
    Lease lease = state.balancer.lease(RequestContext.none());
    return lease.end(Outcome.SUCCESS);
  }

  /** All of the allocation-free path, for each strategy. */
  @Benchmark
  public void selectBeginEnd(ChooseBenchmark.Shared state, ChooseBenchmark.Requests requests) {
    Node node = state.balancer.select(requests.next());
    node.end(node.begin(), Outcome.SUCCESS);
  }

  /** What is kept of each request. */
  public enum Account {
    IN_FLIGHT,
    PEAK_EWMA,
    PEAK_EWMA_OF_EACH,
    PEAK_EWMA_AND_LISTENER,
    /** The listener feeds Micrometer: metrics as users have them. */
    PEAK_EWMA_AND_MICROMETER,
    /** Health is judged by all detectors. */
    PEAK_EWMA_AND_HEALTH
  }

  /** Two choices among 16 nodes. */
  @State(Scope.Benchmark)
  public static class Counted {
    /** What is kept of each request. */
    @Param public Account account;

    Balancer balancer;
    Node first;

    /** Builds the balancer. */
    @Setup
    public void setUp() {
      LoadMetric metric =
          account == Account.IN_FLIGHT ? LoadMetric.inFlight() : PeakEwma.ofDefaults();
      BalancerBuilder builder =
          Balancer.builder("measured")
              .source(EndpointSource.of(Fleet.endpoints(Policy.TWO_CHOICES_IN_FLIGHT, 16, 0)))
              .strategy(PowerOfChoices.builder().metric(metric).build())
              .ticker(account == Account.PEAK_EWMA_OF_EACH ? HURRIED : Ticker.system());
      if (account == Account.PEAK_EWMA_AND_LISTENER) {
        builder.listener(new Total());
      } else if (account == Account.PEAK_EWMA_AND_MICROMETER) {
        builder.listener(new Meters(new SimpleMeterRegistry()));
      } else if (account == Account.PEAK_EWMA_AND_HEALTH) {
        builder.health(Health.ofDefaults());
      }
      balancer = builder.build();
      first = balancer.nodes().get(0);
    }

    /** Lets go of it. */
    @TearDown
    public void tearDown() {
      balancer.close();
    }
  }

  /** A node for each thread. */
  @State(Scope.Thread)
  public static class Mine {
    Node node;

    /** Takes one by the thread's number. */
    @Setup
    public void setUp(Counted state, ThreadParams thread) {
      node = state.balancer.nodes().get(1 + thread.getThreadIndex());
    }
  }

  /** As little as a listener can do and still be of use. */
  private static final class Total implements BalancerListener {
    private final LongAdder nanos = new LongAdder();

    @Override
    public void onEnd(String balancer, Endpoint endpoint, Outcome outcome, long latencyNanos) {
      nanos.add(latencyNanos);
    }
  }
}
