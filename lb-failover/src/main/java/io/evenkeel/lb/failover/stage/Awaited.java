package io.evenkeel.lb.failover.stage;

import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A stage that is waited for until it completes, or until it is given up, and then it is cancelled:
 * whichever is first, and so once. Not exported. Thread-safe.
 *
 * <p>Memory: {@code state} leaves {@code WAITING} by compare-and-set. The stage is written before
 * the state is read again; who gives up changes the state before it looks for the stage. So one of
 * the two cancels it.
 *
 * @param <T> what the stage results in
 */
public abstract class Awaited<T extends @Nullable Object> {
  private static final int WAITING = 0;
  private static final int COMPLETED = 1;
  private static final int GIVEN_UP = 2;

  private final AtomicInteger state = new AtomicInteger(WAITING);
  private volatile @Nullable CompletionStage<T> stage;

  /** Nothing has begun. */
  protected Awaited() {}

  /** Begins what is waited for. Called once at most; what it throws is taken for its failure. */
  protected abstract CompletionStage<T> open() throws Exception;

  /** It has completed in time. Called once, unless it is given up. */
  protected abstract void completed(@Nullable T result, @Nullable Throwable thrown);

  /** It has completed after it was given up: nobody waits for this result. */
  protected abstract void discard(@Nullable T result);

  /** Begins to wait, unless it was given up already. To be called once. */
  public final void begin() {
    if (isOver()) {
      return;
    }
    try {
      CompletionStage<T> begun = open();
      stage = begun;
      begun.whenComplete(this::arrived);
      if (state.get() == GIVEN_UP) {
        cancel(begun);
      }
    } catch (Throwable t) {
      // Also where there is no stage: nothing would ever complete.
      arrived(null, t);
    }
  }

  private void arrived(@Nullable T result, @Nullable Throwable thrown) {
    if (state.compareAndSet(WAITING, COMPLETED)) {
      completed(result, thrown == null ? null : unwrapped(thrown));
    } else if (thrown == null) {
      discard(result);
    }
  }

  /**
   * Gives it up, does something, and cancels the stage where that is a {@link Future}.
   *
   * @param first what is done before the stage learns of it; only if it was waiting
   * @return whether it was waiting
   */
  public final boolean giveUp(Runnable first) {
    if (!state.compareAndSet(WAITING, GIVEN_UP)) {
      return false;
    }
    first.run();
    CompletionStage<T> begun = stage;
    if (begun != null) {
      cancel(begun);
    }
    return true;
  }

  /** Whether it has completed or was given up. */
  public final boolean isOver() {
    return state.get() != WAITING;
  }

  private static void cancel(CompletionStage<?> begun) {
    if (begun instanceof Future<?> future) {
      try {
        future.cancel(true);
      } catch (UnsupportedOperationException e) {
        // Minimal stages are futures that cannot be cancelled. It goes on, for nobody.
      }
    }
  }

  /** What a stage completed with may be wrapped by others that depend on it. */
  public static Throwable unwrapped(Throwable thrown) {
    Throwable cause = thrown.getCause();
    return thrown instanceof CompletionException && cause != null ? cause : thrown;
  }
}
