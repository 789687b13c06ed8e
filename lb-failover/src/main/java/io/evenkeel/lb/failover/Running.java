package io.evenkeel.lb.failover;

import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** An attempt that waits, on a thread of its own. To cancel it cancels the attempt. */
final class Running<T extends @Nullable Object> extends CompletableFuture<T> implements Runnable {
  private final LeasedAttempt<T> attempt;
  private final Consumer<@Nullable T> unwanted;

  /**
   * @param unwanted takes a result that came too late
   */
  Running(LeasedAttempt<T> attempt, Consumer<@Nullable T> unwanted) {
    this.attempt = attempt;
    this.unwanted = unwanted;
  }

  @Override
  public void run() {
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
