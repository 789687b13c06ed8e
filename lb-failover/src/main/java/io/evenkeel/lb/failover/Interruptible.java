package io.evenkeel.lb.failover;

import io.evenkeel.lb.Endpoint;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * An attempt of an operation that waits. To cancel it interrupts its thread.
 *
 * <p>Memory: {@code runner} holds the thread while it may be interrupted. Whoever takes it out
 * interrupts it, or, if that is the thread itself, is safe from interrupts.
 */
final class Interruptible<T extends @Nullable Object> implements LeasedAttempt<T> {
  private final Operation<T> operation;
  private final Endpoint endpoint;
  private final Outcomes outcomes;
  private final AtomicReference<@Nullable Thread> runner = new AtomicReference<>();
  private volatile boolean cancelled;
  private volatile boolean interrupted;

  Interruptible(Operation<T> operation, Endpoint endpoint, Outcomes outcomes) {
    this.operation = operation;
    this.endpoint = endpoint;
    this.outcomes = outcomes;
  }

  @Override
  public Outcomes outcomes() {
    return outcomes;
  }

  @Override
  public T make() throws Exception {
    Thread thread = Thread.currentThread();
    runner.set(thread);
    try {
      if (cancelled) {
        throw new InterruptedException("cancelled before it began");
      }
      return operation.on(endpoint);
    } finally {
      release(thread);
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
  public void cancel() {
    cancelled = true;
    Thread thread = runner.getAndSet(null);
    if (thread != null) {
      thread.interrupt();
      interrupted = true;
    }
  }
}
