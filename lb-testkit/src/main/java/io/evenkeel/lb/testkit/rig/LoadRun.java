package io.evenkeel.lb.testkit.rig;

import io.evenkeel.lb.testkit.rig.OpenLoopLoad.Action;
import io.evenkeel.lb.testkit.rig.OpenLoopLoad.Sender;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * One run of an {@link OpenLoopLoad}. Each thread draws the next number, waits until it is due, and
 * sends it; so nobody hands requests over, and a request that is overdue when it is drawn is one
 * that no thread was free for.
 *
 * <p>Memory: the entry of a request is written by the thread that has drawn it, and published by
 * the array of those that have ended.
 */
final class LoadRun {
  private static final long GRACE_SECONDS = 5;

  /** For the threads to start. */
  private static final long HEAD_START_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

  /** How long a thread that waits may fail to see that the run is over. */
  private static final long LOOK_UP_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

  private final double rate;
  private final int requests;
  private final Duration patience;
  private final List<Action> actions;
  private final Sender sender;

  private final int threads;

  private final AtomicInteger next = new AtomicInteger();
  private final AtomicReferenceArray<LoadResult.@Nullable Request> ended;
  private final Map<String, LoadResult.Mark> marks = new ConcurrentHashMap<>();
  private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
  private final CountDownLatch working;
  private final AtomicInteger starved = new AtomicInteger();
  private volatile boolean over;
  private final long start = System.nanoTime() + HEAD_START_NANOS;

  LoadRun(
      double rate,
      int requests,
      int threads,
      Duration patience,
      List<Action> actions,
      Sender sender) {
    this.rate = rate;
    this.requests = requests;
    this.threads = threads;
    this.patience = patience;
    this.actions = actions;
    this.sender = sender;
    this.working = new CountDownLatch(threads + 1);
    this.ended = new AtomicReferenceArray<>(requests);
  }

  LoadResult run() throws InterruptedException {
    List<Thread> all = new ArrayList<>();
    try {
      all.add(start("open-loop-steps", this::act));
      for (int i = 0; i < threads; i++) {
        all.add(start("open-loop-" + i, this::send));
      }
      long steps = actions.isEmpty() ? 0 : actions.get(actions.size() - 1).at().toNanos();
      long last = Math.max(due(requests - 1), steps);
      long limit = start + last + patience.toNanos() - System.nanoTime();
      boolean done = working.await(limit, TimeUnit.NANOSECONDS);
      LoadResult result = done ? result() : interrupted(all);
      Throwable thrown = failure.get();
      if (thrown != null) {
        throw new IllegalStateException("a sender or a step has thrown", thrown);
      }
      return result;
    } finally {
      over = true;
      all.forEach(Thread::interrupt);
    }
  }

  /** What has ended until now; then the rest is broken off. */
  private LoadResult interrupted(List<Thread> all) throws InterruptedException {
    LoadResult result = result();
    over = true;
    all.forEach(Thread::interrupt);
    boolean unused = working.await(GRACE_SECONDS, TimeUnit.SECONDS);
    return result;
  }

  private LoadResult result() {
    List<LoadResult.Request> requests = new ArrayList<>();
    for (int i = 0; i < ended.length(); i++) {
      LoadResult.Request request = ended.get(i);
      if (request != null) {
        requests.add(request);
      }
    }
    return new LoadResult(requests, ended.length() - requests.size(), starved.get(), marks);
  }

  private Thread start(String name, Runnable task) {
    Thread thread =
        new Thread(
            () -> {
              try {
                task.run();
              } finally {
                working.countDown();
              }
            },
            name);
    thread.setDaemon(true);
    thread.start();
    return thread;
  }

  /** When a request is due, from the start. */
  private long due(int number) {
    return (long) (number / rate * 1e9);
  }

  private void send() {
    for (int number = next.getAndIncrement();
        number < requests && !over;
        number = next.getAndIncrement()) {
      long due = due(number);
      if (System.nanoTime() - start - due > 0) {
        starved.incrementAndGet();
      } else if (!await(due)) {
        return;
      }
      long begun = System.nanoTime() - start;
      try {
        Reply reply = sender.send(number);
        long end = System.nanoTime() - start;
        ended.set(
            number,
            new LoadResult.Request(
                number, due, begun, end, reply.endpoint(), reply.outcome(), reply.why()));
      } catch (Throwable t) {
        fail(t);
        return;
      }
    }
  }

  private void act() {
    for (Action action : actions) {
      if (!await(action.at().toNanos())) {
        return;
      }
      long begun = System.nanoTime() - start;
      try {
        action.step().run();
      } catch (Throwable t) {
        fail(t);
        return;
      }
      long done = System.nanoTime() - start;
      marks.put(
          action.name(), new LoadResult.Mark(Duration.ofNanos(begun), Duration.ofNanos(done)));
    }
  }

  private void fail(Throwable thrown) {
    // Once it is over, threads are interrupted, and what senders make of that is no failure.
    if (!over) {
      failure.compareAndSet(null, thrown);
      over = true;
    }
  }

  /** Whether the time has come, and the run is not over. */
  private boolean await(long due) {
    for (long left = start + due - System.nanoTime();
        left > 0;
        left = start + due - System.nanoTime()) {
      if (over) {
        return false;
      }
      LockSupport.parkNanos(Math.min(left, LOOK_UP_NANOS));
    }
    return !over;
  }
}
