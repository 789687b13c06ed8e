package io.evenkeel.lb.benchmark.peer;

/**
 * A balancer of any library behind one face: endpoints are numbers. Choices may be made by any
 * number of threads.
 */
interface Chooser extends AutoCloseable {
  /**
   * Chooses an endpoint. {@link #begun} and {@link #ended} must follow, because some libraries
   * count the request as begun when they choose.
   *
   * @param key what related requests have in common; only those that hash look at it
   * @return from 0 to the number of endpoints less 1
   */
  int choose(long key);

  /** The same, and the request is over at once: for measuring choices. */
  default int chooseAlone(long key) {
    return choose(key);
  }

  /** A request was sent to the endpoint. */
  default void begun(int index) {}

  /** A request to the endpoint is over, after so long. */
  default void ended(int index, long latencyNanos, boolean failed) {}

  @Override
  default void close() {}
}
