package io.evenkeel.lb.failover;

import java.util.concurrent.Executor;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** Daemon threads for attempts of hedged calls that wait: as many as needed, while needed. */
final class HedgeThreads {
  private static final int IDLE_SECONDS = 5;

  private static final Executor SHARED =
      new ThreadPoolExecutor(
          0,
          Integer.MAX_VALUE,
          IDLE_SECONDS,
          TimeUnit.SECONDS,
          new SynchronousQueue<>(),
          task -> {
            Thread thread = new Thread(task, "evenkeel-hedge");
            thread.setDaemon(true);
            return thread;
          });

  private HedgeThreads() {}

  static Executor shared() {
    return SHARED;
  }
}
