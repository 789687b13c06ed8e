package io.evenkeel.lb.benchmark.peer;

import com.linecorp.armeria.client.ClientRequestContext;
import com.linecorp.armeria.client.Endpoint;
import com.linecorp.armeria.client.endpoint.EndpointGroup;
import com.linecorp.armeria.client.endpoint.EndpointSelectionStrategy;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.HttpRequest;
import io.vertx.core.net.endpoint.LoadBalancer;
import io.vertx.core.net.endpoint.ServerSelector;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** A choice alone, by other libraries. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class PeerBenchmark {

  /** Vert.x: the index from a round robin selector, then the element of the list. */
  @Benchmark
  public Object vertxRoundRobin(Vertx state) {
    return state.servers.get(state.roundRobin.select());
  }

  /** Vert.x: two random servers, with replacement, by requests in flight. */
  @Benchmark
  public Object vertxTwoChoices(Vertx state) {
    return state.servers.get(state.twoChoices.select());
  }

  /** Armeria: {@code selectNow} of a static group with weights 1 to 10. */
  @Benchmark
  public @Nullable Object armeriaWeightedRoundRobin(Armeria state) {
    return state.weighted.selectNow(state.context);
  }

  /**
   * Any library: a choice by its own API, and the number of what was chosen, which is a field of
   * it. {@link Chooser}'s implementations say what is included; those of Finagle end the request,
   * too, because it begins with the choice.
   */
  @Benchmark
  public int choose(Any state, Key key) {
    return state.chooser.chooseAlone(key.next());
  }

  /** How many endpoints. */
  @State(Scope.Benchmark)
  public abstract static class Sized {
    /** Among how many. */
    @Param({"10", "100", "1000"})
    public int endpoints;
  }

  /** Any chooser. Where it counts, endpoints have 0 to 3 requests in flight. */
  @State(Scope.Benchmark)
  public static class Any extends Sized {
    /** How to choose. */
    @Param public PeerPolicy policy;

    Chooser chooser;

    /** Makes the chooser. */
    @Setup
    public void setUp() {
      SplittableRandom random = new SplittableRandom(20_261_121);
      chooser = policy.chooser(endpoints);
      for (int i = 0; i < endpoints; i++) {
        for (int sample = 0; sample < 20; sample++) {
          chooser.begun(i);
          chooser.ended(i, random.nextLong(500_000, 1_500_000), false);
        }
        for (int begun = random.nextInt(4); begun > 0; begun--) {
          chooser.begun(i);
        }
      }
    }

    /** Lets go of it. */
    @TearDown
    public void tearDown() {
      chooser.close();
    }
  }

  /** Another key for each choice. */
  @State(Scope.Thread)
  public static class Key {
    private static final long STEP = 0x9E37_79B9_7F4A_7C15L;

    private long key;

    long next() {
      return key += STEP;
    }
  }

  /** Vert.x, whose servers have 0 to 3 requests in flight. */
  @State(Scope.Benchmark)
  public static class Vertx extends Sized {
    final List<VertxServer> servers = new ArrayList<>();
    ServerSelector roundRobin;
    ServerSelector twoChoices;

    /** Makes the selectors. */
    @Setup
    public void setUp() {
      SplittableRandom random = new SplittableRandom(20_261_121);
      for (int i = 0; i < endpoints; i++) {
        VertxServer server = new VertxServer(i, LoadBalancer.POWER_OF_TWO_CHOICES.newMetrics());
        for (int begun = random.nextInt(4); begun > 0; begun--) {
          server.metrics().initiateRequest();
        }
        servers.add(server);
      }
      roundRobin = LoadBalancer.ROUND_ROBIN.selector(servers);
      twoChoices = LoadBalancer.POWER_OF_TWO_CHOICES.selector(servers);
    }
  }

  /** Armeria. */
  @State(Scope.Benchmark)
  public static class Armeria extends Sized {
    final ClientRequestContext context =
        ClientRequestContext.of(HttpRequest.of(HttpMethod.GET, "/"));
    EndpointGroup weighted;

    /** Makes the group. */
    @Setup
    public void setUp() {
      List<Endpoint> members = new ArrayList<>();
      for (int i = 0; i < endpoints; i++) {
        members.add(Endpoint.of("10.0." + i / 256 + "." + i % 256, 80).withWeight(1 + i % 10));
      }
      weighted = EndpointGroup.of(EndpointSelectionStrategy.weightedRoundRobin(), members);
    }
  }
}
