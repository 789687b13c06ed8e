package io.evenkeel.lb.failover;

import io.evenkeel.lb.Endpoint;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * An operation that waits, on a thread of its own, which is interrupted when the attempt is given
 * up.
 *
 * <p>Memory: {@code runner} holds the thread while it may be interrupted. Whoever takes it out
 * interrupts it, or, if that is the thread itself, is safe from interrupts.
 */
final class Interruptible<T extends @Nullable Object> extends CompletableFuture<T>
    implements Runnable {
  private final Operation<T> operation;
  private final Endpoint endpoint;
  private final AtomicReference<@Nullable Thread> runner = new AtomicReference<>();
  private volatile boolean interrupted;

  Interruptible(Operation<T> operation, Endpoint endpoint) {
    this.operation = operation;
    this.endpoint = endpoint;
  }

  @Override
  public void run() {
    Thread thread = Thread.currentThread();
    runner.set(thread);
    if (isDone()) {
      release(thread);
      return;
    }
    try {
      T result = operation.on(endpoint);
      release(thread);
      complete(result);
    } catch (Throwable t) {
      release(thread);
      completeExceptionally(t);
    }
  }

  private void release(Thread thread) {
    if (!runner.compareAndSet(thread, null)) {
      while (!interrupted) {
        Thread.onSpinWait();
      }
      // It was meant for the operation.
      Thread.interrupted();
    }
  }

  @Override
  public boolean cancel(boolean mayInterruptIfRunning) {
    boolean cancelled = super.cancel(mayInterruptIfRunning);
    if (cancelled) {
      Thread thread = runner.getAndSet(null);
      if (thread != null) {
        thread.interrupt();
        interrupted = true;
      }
    }
    return cancelled;
  }
}
