package io.evenkeel.lb.testkit;

import io.evenkeel.lb.Scheduler;
import java.time.Duration;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * A scheduler in virtual time: tasks run on the thread that calls {@link #advance} or {@link #run},
 * in the order of their times, and the ticker shows each task its own time. Tasks may be scheduled
 * from any thread.
 */
public final class ManualScheduler implements Scheduler {
  private final FakeTicker ticker;
  private final PriorityQueue<Task> queue = new PriorityQueue<>();
  private long sequence;

  /** A scheduler that moves this clock. */
  public ManualScheduler(FakeTicker ticker) {
    this.ticker = ticker;
  }

  /** The clock that this scheduler moves. */
  public FakeTicker ticker() {
    return ticker;
  }

  @Override
  public Scheduled schedule(Runnable task, long delayNanos) {
    synchronized (queue) {
      Task added = new Task(task, ticker.read() + Math.max(0, delayNanos), sequence++);
      queue.add(added);
      return () -> {
        synchronized (queue) {
          queue.remove(added);
        }
      };
    }
  }

  /** Puts the task in line like any other, for the present time. */
  @Override
  public void execute(Runnable task) {
    schedule(task, 0);
  }

  /** Runs the tasks that are due now, and those that they schedule for now. */
  public void run() {
    advance(0);
  }

  /** Moves time forward and runs what comes due on the way. */
  public void advance(Duration time) {
    advance(time.toNanos());
  }

  /** Moves time forward and runs what comes due on the way. */
  public void advance(long nanos) {
    long end = ticker.read() + nanos;
    for (Task task = next(end); task != null; task = next(end)) {
      ticker.advance(Math.max(0, task.time - ticker.read()));
      task.run.run();
    }
    ticker.advance(end - ticker.read());
  }

  /** How many tasks wait; 0 once whatever scheduled them has let go of them. */
  public int pending() {
    synchronized (queue) {
      return queue.size();
    }
  }

  private @Nullable Task next(long end) {
    synchronized (queue) {
      Task first = queue.peek();
      return first == null || first.time - end > 0 ? null : queue.poll();
    }
  }

  @SuppressWarnings("ComparableType") // equality is identity: two tasks are never the same
  private static final class Task implements Comparable<Task> {
    final Runnable run;
    final long time;
    final long order;

    Task(Runnable run, long time, long order) {
      this.run = run;
      this.time = time;
      this.order = order;
    }

    @Override
    public int compareTo(Task other) {
      return time != other.time ? Long.signum(time - other.time) : Long.compare(order, other.order);
    }
  }
}
