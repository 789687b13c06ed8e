package io.evenkeel.lb;

/**
 * Runs what balancers and sources do in the background. Tests put virtual time behind it.
 *
 * <p>Thread-safe. Tasks that throw are reported to the thread's uncaught exception handler and do
 * not stop others.
 */
public interface Scheduler {
  /**
   * Runs a short task once, after a delay. The task must not block: all scheduled tasks of a JVM
   * may share one thread.
   *
   * @param delayNanos at least 0
   */
  Scheduled schedule(Runnable task, long delayNanos);

  /**
   * The same for what need not be punctual. The {@link #shared} scheduler puts it off by up to 1/64
   * of the delay, but never by more than 34 milliseconds, so that tasks that are due near one
   * another share a wake-up.
   *
   * @param delayNanos at least 0
   */
  default Scheduled scheduleLoosely(Runnable task, long delayNanos) {
    return schedule(task, delayNanos);
  }

  /** Runs a task that may block, such as a look-up, soon and beside others. */
  void execute(Runnable task);

  /**
   * The scheduler of this JVM: one daemon thread for all scheduled tasks, a virtual one where the
   * JDK has them, and a few for tasks that block. It starts with the first task, and its threads
   * end soon after the last.
   */
  static Scheduler shared() {
    return SharedScheduler.INSTANCE;
  }

  /** A task that was scheduled. */
  @FunctionalInterface
  interface Scheduled {
    /** Prevents the run, unless it has begun. */
    void cancel();
  }
}
