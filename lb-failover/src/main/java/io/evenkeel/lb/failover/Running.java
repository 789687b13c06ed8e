package io.evenkeel.lb.failover;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** An attempt that waits, on a thread of its own. To cancel it cancels the attempt. */
final class Running<T extends @Nullable Object> extends CompletableFuture<T> implements Runnable {
  private final LeasedAttempt<T> attempt;
  private final Consumer<@Nullable T> unwanted;
  private volatile boolean begun;

  /**
   * @param unwanted takes a result that came too late
   */
  Running(LeasedAttempt<T> attempt, Consumer<@Nullable T> unwanted) {
    this.attempt = attempt;
    this.unwanted = unwanted;
  }

  /** Where no thread came to it, the endpoint was not asked. */
  Throwable late(long limitNanos) {
    return begun
        ? new AttemptTimeout(limitNanos, null)
        : new RejectedExecutionException(
            "executor of hedged calls: no thread within "
                + Duration.ofNanos(limitNanos)
                + " (expected: one for each attempt under way)");
  }

  @Override
  public void run() {
    begun = true;
    if (isDone()) {
      return;
    }
    try {
      T result = attempt.make();
      if (!complete(result)) {
        unwanted.accept(result);
      }
    } catch (Throwable t) {
      completeExceptionally(t);
    }
  }

  @Override
  public boolean cancel(boolean mayInterruptIfRunning) {
    boolean cancelled = super.cancel(mayInterruptIfRunning);
    if (cancelled) {
      attempt.cancel();
    }
    return cancelled;
  }
}
