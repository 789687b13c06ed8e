package io.evenkeel.lb.spring;

import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.FutureTask;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.springframework.boot.system.JavaVersion;
import org.springframework.core.task.VirtualThreadTaskExecutor;

/**
 * A call that waits, on a thread of its own, so that its caller does not. To cancel it interrupts
 * the thread.
 *
 * @param <T> what it results in
 */
final class Waiting<T> extends CompletableFuture<T> {
  private static final String NAME = "evenkeel-call";
  private static final int IDLE_SECONDS = 5;
  private static final Executor THREADS =
      JavaVersion.getJavaVersion().isEqualOrNewerThan(JavaVersion.TWENTY_ONE)
          ? new VirtualThreadTaskExecutor(NAME + "-")
          : platformThreads();

  private final FutureTask<Void> task;

  private Waiting(Callable<T> call, Consumer<T> unwanted) {
    this.task =
        new FutureTask<>(
            () -> {
              make(call, unwanted);
              return null;
            });
  }

  /**
   * Begins a call.
   *
   * @param unwanted takes a result that comes after it was cancelled
   */
  static <T> CompletableFuture<T> on(Callable<T> call, Consumer<T> unwanted) {
    Waiting<T> waiting = new Waiting<>(call, unwanted);
    try {
      THREADS.execute(waiting.task);
    } catch (Throwable t) {
      // No thread is to be had.
      waiting.completeExceptionally(t);
    }
    return waiting;
  }

  private void make(Callable<T> call, Consumer<T> unwanted) {
    T result;
    try {
      result = call.call();
    } catch (Throwable t) {
      completeExceptionally(t);
      return;
    }
    if (!complete(result)) {
      unwanted.accept(result);
    }
  }

  @Override
  public boolean cancel(boolean mayInterruptIfRunning) {
    boolean cancelled = super.cancel(mayInterruptIfRunning);
    if (cancelled) {
      task.cancel(true);
    }
    return cancelled;
  }

  /** As many as there are calls, for as long as there are. */
  private static Executor platformThreads() {
    return new ThreadPoolExecutor(
        0,
        Integer.MAX_VALUE,
        IDLE_SECONDS,
        TimeUnit.SECONDS,
        new SynchronousQueue<>(),
        task -> {
          Thread thread = new Thread(task, NAME);
          thread.setDaemon(true);
          return thread;
        });
  }
}
