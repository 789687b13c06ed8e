package io.evenkeel.lb;

/**
 * The scheduler that a balancer was given, and the {@linkplain Scheduler#shared shared} one for the
 * tasks that it refuses, such as when it is full, or was shut down first. Retries and sweeps go on
 * from task to task: one that is refused would be the last, for the rest of the balancer's life.
 */
record FallbackScheduler(Scheduler given, Faults faults) implements Scheduler {
  @Override
  public Scheduled schedule(Runnable task, long delayNanos) {
    try {
      return given.schedule(task, delayNanos);
    } catch (Throwable t) {
      faults.report(Faults.Component.SCHEDULER, t);
      return Scheduler.shared().schedule(task, delayNanos);
    }
  }

  @Override
  public void execute(Runnable task) {
    try {
      given.execute(task);
    } catch (Throwable t) {
      faults.report(Faults.Component.SCHEDULER, t);
      Scheduler.shared().execute(task);
    }
  }
}
