package io.evenkeel.lb;

import java.lang.reflect.InvocationTargetException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One thread for what is scheduled, virtual where the JDK has them, and a few for what blocks.
 * Those are never virtual: a look-up of a name blocks in native code, and would pin a carrier that
 * the application's own virtual threads need. All are daemons and end when they have nothing to do.
 *
 * <p>Waking up for a short task costs more than the task. So what need not be punctual is put off a
 * little, to where others are due as well: a thousand tasks that each come every five seconds wake
 * the thread 30 times a second, and not 200 times.
 */
final class SharedScheduler implements Scheduler {
  static final SharedScheduler INSTANCE = new SharedScheduler();

  private static final int MAX_BLOCKING = 4;

  /** By how much of its delay a task may be late, and by how much at most: 33.6 ms. */
  private static final int LATE_SHIFT = 6;

  private static final long MOST_LATE_NANOS = 1L << 25;

  private final ScheduledThreadPoolExecutor timer;
  private final ThreadPoolExecutor workers;

  private SharedScheduler() {
    ThreadFactory virtual = virtualThreads();
    timer = new ScheduledThreadPoolExecutor(1, virtual != null ? virtual : daemons("scheduler"));
    timer.setKeepAliveTime(1, TimeUnit.SECONDS);
    timer.allowCoreThreadTimeOut(true);
    timer.setRemoveOnCancelPolicy(true);
    workers =
        new ThreadPoolExecutor(
            MAX_BLOCKING,
            MAX_BLOCKING,
            1,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            daemons("worker"));
    workers.allowCoreThreadTimeOut(true);
  }

  @Override
  public Scheduled schedule(Runnable task, long delayNanos) {
    ScheduledFuture<?> future =
        timer.schedule(reporting(task), Math.max(0, delayNanos), TimeUnit.NANOSECONDS);
    return () -> future.cancel(false);
  }

  @Override
  public Scheduled scheduleLoosely(Runnable task, long delayNanos) {
    long now = Ticker.system().read();
    return schedule(task, dueNanos(now, Math.max(0, delayNanos)) - now);
  }

  /** The next time, at or after the end of the delay, at which others with such delays run. */
  static long dueNanos(long now, long delayNanos) {
    long step = Math.min(MOST_LATE_NANOS, Long.highestOneBit(delayNanos >>> LATE_SHIFT));
    long end = now + delayNanos;
    if (step == 0 || delayNanos > Long.MAX_VALUE - step) {
      return end;
    }
    return (end + step - 1) & -step;
  }

  @Override
  public void execute(Runnable task) {
    workers.execute(reporting(task));
  }

  /** Without this, the future that nobody reads would swallow the exception. */
  private static Runnable reporting(Runnable task) {
    return () -> {
      try {
        task.run();
      } catch (Throwable t) {
        Thread thread = Thread.currentThread();
        thread.getUncaughtExceptionHandler().uncaughtException(thread, t);
      }
    };
  }

  private static ThreadFactory daemons(String role) {
    return task -> {
      Thread thread = new Thread(task, "evenkeel-" + role);
      thread.setDaemon(true);
      return thread;
    };
  }

  /** {@code Thread.ofVirtual().name("evenkeel").factory()}, or null before JDK 21. */
  private static @Nullable ThreadFactory virtualThreads() {
    try {
      Class<?> type = Class.forName("java.lang.Thread$Builder$OfVirtual");
      Object builder = Thread.class.getMethod("ofVirtual").invoke(null);
      builder = type.getMethod("name", String.class).invoke(builder, "evenkeel");
      return (ThreadFactory) type.getMethod("factory").invoke(builder);
    } catch (ClassNotFoundException | NoSuchMethodException e) {
      return null;
    } catch (IllegalAccessException | InvocationTargetException e) {
      throw new IllegalStateException("virtual threads are there but cannot be made", e);
    }
  }
}
