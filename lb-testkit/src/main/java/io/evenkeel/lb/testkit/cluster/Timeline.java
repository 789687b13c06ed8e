package io.evenkeel.lb.testkit.cluster;

import io.evenkeel.lb.Scheduler;
import io.evenkeel.lb.Ticker;
import java.util.Arrays;

/**
 * Virtual time: the events of a run and the background tasks of its balancers, in one order. Events
 * of the same time happen in the order in which they were planned. For one thread.
 *
 * <p>A binary heap in three arrays: comparisons touch the times alone, which lie side by side.
 */
final class Timeline implements Ticker, Scheduler {
  private static final Runnable NOTHING = Timeline::nothing;

  private long[] times = new long[256];
  private long[] orders = new long[256];
  private Runnable[] events = new Runnable[256];
  private int size;
  private long planned;
  private int tasks;
  private long now;

  Timeline(long start) {
    now = start;
    Arrays.fill(events, NOTHING);
  }

  @Override
  public long read() {
    return now;
  }

  /** Plans an event for a time that is not in the past. */
  void at(long time, Runnable event) {
    if (size == times.length) {
      grow();
    }
    long order = planned++;
    int hole = size++;
    while (hole > 0) {
      int parent = (hole - 1) >>> 1;
      // Later in order, so that among equal times the one above stays above.
      if (times[parent] <= time) {
        break;
      }
      move(parent, hole);
      hole = parent;
    }
    put(hole, time, order, event);
  }

  /**
   * Moves time to the next event and lets it happen.
   *
   * @return false if nothing but background tasks is left, which would go on for ever
   */
  boolean step() {
    if (size == tasks) {
      return false;
    }
    now = times[0];
    Runnable event = events[0];
    removeFirst();
    if (event instanceof Task) {
      tasks--;
    }
    event.run();
    return true;
  }

  @Override
  public Scheduled schedule(Runnable task, long delayNanos) {
    Task planned = new Task(task);
    tasks++;
    at(now + Math.max(0, delayNanos), planned);
    return planned;
  }

  @Override
  public void execute(Runnable task) {
    schedule(task, 0);
  }

  private void removeFirst() {
    int last = --size;
    long time = times[last];
    long order = orders[last];
    Runnable event = events[last];
    events[last] = NOTHING;
    int hole = 0;
    for (int child = 1; child < last; child = 2 * hole + 1) {
      if (child + 1 < last && isBefore(child + 1, times[child], orders[child])) {
        child++;
      }
      if (!isBefore(child, time, order)) {
        break;
      }
      move(child, hole);
      hole = child;
    }
    if (last > 0) {
      put(hole, time, order, event);
    }
  }

  private boolean isBefore(int index, long time, long order) {
    return times[index] < time || (times[index] == time && orders[index] < order);
  }

  private void move(int from, int to) {
    put(to, times[from], orders[from], events[from]);
  }

  private void put(int index, long time, long order, Runnable event) {
    times[index] = time;
    orders[index] = order;
    events[index] = event;
  }

  private void grow() {
    times = Arrays.copyOf(times, 2 * size);
    orders = Arrays.copyOf(orders, 2 * size);
    events = Arrays.copyOf(events, 2 * size);
    Arrays.fill(events, size, events.length, NOTHING);
  }

  private static void nothing() {}

  @Override
  public String toString() {
    return "virtual time";
  }

  /** What a balancer, or something plugged into it, does in the background. */
  private static final class Task implements Runnable, Scheduled {
    private Runnable run;

    Task(Runnable run) {
      this.run = run;
    }

    @Override
    public void run() {
      run.run();
    }

    @Override
    public void cancel() {
      run = NOTHING;
    }
  }
}
