package io.evenkeel.lb.benchmark.peer;

import java.util.Arrays;
import java.util.function.LongFunction;

/**
 * What a library hashes, made beforehand from a number of keys: turning a number into a text would
 * cost more than most choices do.
 */
final class Keys<T> {
  private static final int COUNT = 4096;

  private final Object[] values = new Object[COUNT];

  Keys(LongFunction<T> make) {
    Arrays.setAll(values, make::apply);
  }

  @SuppressWarnings("unchecked") // only what make has returned
  T get(long key) {
    return (T) values[(int) key & (COUNT - 1)];
  }
}
