package io.evenkeel.example;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/**
 * How late a timer of ten milliseconds is in this process. Where that is late by half of them, the
 * machine is busy with something else, and milliseconds say nothing of who they were measured for.
 */
final class Punctuality {
  private static final long PERIOD_NANOS = TimeUnit.MILLISECONDS.toNanos(10);
  private static final long LATE_NANOS = PERIOD_NANOS / 2;

  private final Consumer<Delay> delays;
  private final Thread thread;
  private volatile boolean ended;

  /**
   * A time at which the timer was late.
   *
   * @param from seconds since the start, when it was due
   * @param to seconds since the start, when it came
   */
  record Delay(double from, double to) {
    double millis() {
      return 1000 * (to - from);
    }
  }

  private Punctuality(long start, Consumer<Delay> delays) {
    this.delays = delays;
    thread = new Thread(() -> run(start), "demo-timer");
    thread.setDaemon(true);
  }

  /**
   * Begins to watch.
   *
   * @param start the moment that seconds are counted from
   * @param delays is told when it was late
   */
  static Punctuality watch(long start, Consumer<Delay> delays) {
    Punctuality punctuality = new Punctuality(start, delays);
    punctuality.thread.start();
    return punctuality;
  }

  private void run(long start) {
    while (!ended) {
      long due = System.nanoTime() + PERIOD_NANOS;
      long now = due - PERIOD_NANOS;
      while (!ended && now - due < 0) {
        LockSupport.parkNanos(due - now);
        now = System.nanoTime();
      }
      if (now - due >= LATE_NANOS) {
        delays.accept(new Delay(seconds(due - start), seconds(now - start)));
      }
    }
  }

  private static double seconds(long nanos) {
    return (double) nanos / TimeUnit.SECONDS.toNanos(1);
  }

  /** Watches no longer. */
  void end() {
    ended = true;
    LockSupport.unpark(thread);
  }
}
