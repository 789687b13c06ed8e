package io.evenkeel.lb.spring;

import io.evenkeel.lb.Scheduler;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** The shared scheduler, and what waits in it. */
final class CountingScheduler implements Scheduler {
  private final Set<Object> waiting = ConcurrentHashMap.newKeySet();

  /** How many tasks have neither begun nor been cancelled. */
  int waiting() {
    return waiting.size();
  }

  @Override
  public Scheduled schedule(Runnable task, long delayNanos) {
    Object ticket = new Object();
    waiting.add(ticket);
    Scheduled scheduled =
        Scheduler.shared()
            .schedule(
                () -> {
                  waiting.remove(ticket);
                  task.run();
                },
                delayNanos);
    return () -> {
      waiting.remove(ticket);
      scheduled.cancel();
    };
  }

  @Override
  public void execute(Runnable task) {
    Scheduler.shared().execute(task);
  }
}
