package io.evenkeel.lb.failover.stage;

import static java.lang.System.Logger.Level.WARNING;

import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Keeps the promise of one call by another. Not exported. */
public final class Handover {
  private static final System.Logger LOG = System.getLogger("io.evenkeel.lb.failover");

  private Handover() {}

  /** Keeps a promise with what a call has ended with. To cancel the promise cancels the call. */
  @SuppressWarnings("FutureReturnValueIgnored") // each ends with the other
  public static <T extends @Nullable Object> void of(
      CompletableFuture<T> call, CompletableFuture<T> promise) {
    cancelWith(promise, call);
    call.whenComplete((value, thrown) -> keep(promise, value, thrown));
  }

  /** To cancel the promise cancels the call. */
  @SuppressWarnings("FutureReturnValueIgnored") // it only lets go of what nobody needs
  public static void cancelWith(CompletableFuture<?> promise, CompletableFuture<?> call) {
    promise.whenComplete(
        (value, thrown) -> {
          if (promise.isCancelled()) {
            call.cancel(true);
          }
        });
  }

  /** Keeps a promise; where it was cancelled meanwhile, a result is closed if it can be. */
  @SuppressWarnings("NullAway") // null only where T may be
  public static <T extends @Nullable Object> void keep(
      CompletableFuture<T> promise, @Nullable T value, @Nullable Throwable thrown) {
    if (thrown != null) {
      promise.completeExceptionally(thrown);
    } else if (!promise.complete(value) && value instanceof AutoCloseable open) {
      try {
        open.close();
      } catch (Throwable e) {
        LOG.log(WARNING, "the result of a call that was cancelled could not be closed", e);
      }
    }
  }
}
