package io.evenkeel.lb.health;

import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Runs tasks one at a time and in order without a lock: whoever comes while a task runs leaves its
 * own, and whoever runs goes on until none is left. So tasks must be short.
 */
final class Serial {
  private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
  private final AtomicInteger pending = new AtomicInteger();
  private volatile @Nullable Thread owner;

  /** Runs the task now, or leaves it to the thread that is at it. */
  void run(Runnable task) {
    tasks.add(task);
    if (pending.getAndIncrement() != 0) {
      return;
    }
    int seen = 1;
    do {
      owner = Thread.currentThread();
      for (Runnable next = tasks.poll(); next != null; next = tasks.poll()) {
        try {
          next.run();
        } catch (Throwable t) {
          // Else nobody could get in again.
          Thread thread = Thread.currentThread();
          thread.getUncaughtExceptionHandler().uncaughtException(thread, t);
        }
      }
      owner = null;
      seen = pending.addAndGet(-seen);
    } while (seen != 0);
  }

  /** Whether the caller is a task. */
  boolean isMine() {
    return owner == Thread.currentThread();
  }

  /**
   * Runs the task and waits for its result, or throws what it throws. At once when the caller is a
   * task itself: then it sees what that has done so far.
   */
  <T> T call(Supplier<T> task) {
    if (isMine()) {
      return task.get();
    }
    CompletableFuture<T> result = new CompletableFuture<>();
    run(
        () -> {
          try {
            result.complete(task.get());
          } catch (Throwable t) {
            result.completeExceptionally(t);
          }
        });
    try {
      return result.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof RuntimeException thrown) {
        throw thrown;
      }
      throw e;
    }
  }
}
