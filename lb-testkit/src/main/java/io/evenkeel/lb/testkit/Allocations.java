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

  /** How many operations make a round. */
  public static final int OPERATIONS = 20_000;

  private static final int ROUNDS = 200;

  private Allocations() {}

  /**
   * Asserts that an operation allocates nothing once it is compiled.
   *
   * @param what names the operation in the failure
   */
  public static void assertNone(String what, Runnable operation) {
    assertThat(fewest(operation))
        .as("bytes allocated by %d x %s, least of %d rounds", OPERATIONS, what, ROUNDS)
        .isZero();
  }

  /**
   * How many bytes {@value #OPERATIONS} operations allocate on this thread, in the thriftiest of
   * many rounds. Until code is compiled, boxes that the compiler later removes are really made, and
   * now and then the JVM itself allocates; so rounds are run until one allocates nothing. What
   * allocates on every operation, or once in a while, never has such a round.
   */
  public static long fewest(Runnable operation) {
    long fewest = Long.MAX_VALUE;
    for (int round = 0; round < ROUNDS && fewest > 0; round++) {
      long before = THREADS.getCurrentThreadAllocatedBytes();
      for (int i = 0; i < OPERATIONS; i++) {
        operation.run();
      }
      fewest = Math.min(fewest, THREADS.getCurrentThreadAllocatedBytes() - before);
    }
    return fewest;
  }
}
