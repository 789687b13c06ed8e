package io.evenkeel.lb.benchmark.peer;

import java.util.SplittableRandom;
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

/** A choice alone, by any library. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class PeerBenchmark {

  /**
   * A choice by the library's own API, and the number of what was chosen, which is a field of it.
   * {@link Chooser}'s implementations say what is included; those of Finagle end the request, too,
   * because it begins with the choice.
   */
  @Benchmark
  public int choose(Any state, Key key) {
    return state.chooser.chooseAlone(key.next());
  }

  /** Any chooser. Where it counts, endpoints have 0 to 3 requests in flight. */
  @State(Scope.Benchmark)
  public static class Any {
    /** How to choose. */
    @Param public PeerPolicy peer;

    /** Among how many. */
    @Param({"10", "100", "1000"})
    public int endpoints;

    Chooser chooser;

    /** Makes the chooser. */
    @Setup
    public void setUp() {
      SplittableRandom random = new SplittableRandom(20_261_121);
      chooser = peer.chooser(endpoints);
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
}
