package io.evenkeel.lb.benchmark;

import com.google.common.hash.Hashing;
import java.util.Arrays;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLongArray;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** The least that a choice and its accounting could cost: what they are made of, on its own. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class BaselineBenchmark {

  /** The bare atomic cursor. Wraps by a mask, so the array is as long as the next power of two. */
  @Benchmark
  public Object cursor(Array array) {
    Object[] items = array.powerOfTwo;
    return items[(int) (array.counter.getAndIncrement() & (items.length - 1))];
  }

  /** The same for any length, by division. */
  @Benchmark
  public Object cursorModulo(Array array) {
    Object[] items = array.items;
    return items[(int) (array.counter.getAndIncrement() % items.length)];
  }

  /** An index at random. */
  @Benchmark
  public Object randomIndex(Array array) {
    Object[] items = array.items;
    return items[ThreadLocalRandom.current().nextInt(items.length)];
  }

  /** A key by a table: a hash and two reads. */
  @Benchmark
  public Object table(Array array) {
    long key = ++array.key * 0x9e3779b97f4a7c15L;
    key = (key ^ (key >>> 32)) * 0xd6e8feb86659fd93L;
    return array.items[array.owners[(int) (((key >>> 32) * array.owners.length) >>> 32)]];
  }

  /** Guava's jump hash of a key that is mixed as ours is: what comes at even steps is foreseen. */
  @Benchmark
  public int guavaJump(Array array) {
    long key = ++array.key * 0x9e3779b97f4a7c15L;
    key = (key ^ (key >>> 32)) * 0xd6e8feb86659fd93L;
    return Hashing.consistentHash(key ^ (key >>> 32), array.items.length);
  }

  /** One reading of the clock. */
  @Benchmark
  public long clock() {
    return System.nanoTime();
  }

  /** Two readings of the clock. */
  @Benchmark
  public long twoClocks() {
    long began = System.nanoTime();
    return System.nanoTime() - began;
  }

  /** An atomic add to one counter of all threads. */
  @Benchmark
  public long sharedAdd(SharedCounter state) {
    return state.counter.getAndIncrement();
  }

  /** An atomic add to the thread's own counter. */
  @Benchmark
  public long ownAdd(OwnCounter state) {
    return state.counter.getAndIncrement();
  }

  /** Something to choose from, and a cursor over it. */
  @State(Scope.Benchmark)
  public static class Array {
    /** How many. */
    @Param({"10", "100", "1000"})
    public int endpoints;

    final Counter counter = new Counter();
    final char[] owners = new char[65_537];
    long key;
    Object[] items;
    Object[] powerOfTwo;

    /** Fills the arrays. */
    @Setup
    public void setUp() {
      items = fill(endpoints);
      for (int i = 0; i < owners.length; i++) {
        owners[i] = (char) (i % endpoints);
      }
      powerOfTwo = fill(Integer.highestOneBit(endpoints - 1) << 1);
    }

    private static Object[] fill(int length) {
      Object[] items = new Object[length];
      Arrays.setAll(items, i -> new Object());
      return items;
    }
  }

  /** One for all threads. */
  @State(Scope.Benchmark)
  public static class SharedCounter {
    final Counter counter = new Counter();
  }

  /** One for each thread. */
  @State(Scope.Thread)
  public static class OwnCounter {
    final Counter counter = new Counter();
  }

  /** A counter with a cache line of its own. */
  private static final class Counter {
    private static final int MIDDLE = 16;

    private final AtomicLongArray padded = new AtomicLongArray(2 * MIDDLE);

    long getAndIncrement() {
      return padded.getAndIncrement(MIDDLE);
    }
  }
}
