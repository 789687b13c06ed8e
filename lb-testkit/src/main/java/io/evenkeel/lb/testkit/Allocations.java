package io.evenkeel.lb.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.management.ManagementFactory;

/**
 * Counts the bytes that a piece of code allocates. Exact, unlike time: code that must not allocate
 * is tested, not benchmarked.
 */
public final class Allocations {
  private static final com.sun.management.ThreadMXBean THREADS =
      (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();

  private static final int OPERATIONS = 20_000;
  private static final int ROUNDS = 50;

  private Allocations() {}

  /**
   * Asserts that an operation allocates nothing once it is compiled. It is run in rounds until one
   * round allocates not a byte: what the JVM allocates while it compiles passes, what the operation
   * allocates each time, or once in a while, does not.
   *
   * @param what names the operation in the failure
   */
  public static void assertNone(String what, Runnable operation) {
    long least = Long.MAX_VALUE;
    for (int round = 0; round < ROUNDS && least > 0; round++) {
      long before = THREADS.getCurrentThreadAllocatedBytes();
      for (int i = 0; i < OPERATIONS; i++) {
        operation.run();
      }
      least = Math.min(least, THREADS.getCurrentThreadAllocatedBytes() - before);
    }
    assertThat(least)
        .as("bytes allocated by %d x %s, least of %d rounds", OPERATIONS, what, ROUNDS)
        .isZero();
  }
}
