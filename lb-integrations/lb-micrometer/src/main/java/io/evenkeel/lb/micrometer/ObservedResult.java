package io.evenkeel.lb.micrometer;

import static java.util.Objects.requireNonNull;

import io.evenkeel.lb.failover.ObservedCall;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What the caller of an observed call waits for, and may cancel. Thread-safe.
 *
 * <p>The observation ends before the caller learns of the result, and after the attempts were told
 * of. Of a future that is cancelled the dependents run in the reverse order, so those of the call
 * itself would end the observation first. So whoever completes this one completes the call, which
 * lets go of its attempts, and only then ends the observation. The call alone decides between a
 * result that is there and a cancellation, so none is lost.
 */
final class ObservedResult<T extends @Nullable Object> extends CompletableFuture<T> {
  private final CompletableFuture<T> call;
  private final ObservedCall observed;

  /** Somebody completes it from outside, and sees to the rest. */
  private volatile boolean outside;

  private ObservedResult(CompletableFuture<T> call, ObservedCall observed) {
    this.call = call;
    this.observed = observed;
  }

  @SuppressWarnings("FutureReturnValueIgnored") // it only follows
  static <T extends @Nullable Object> CompletableFuture<T> of(
      CompletableFuture<T> call, ObservedCall observed) {
    ObservedResult<T> result = new ObservedResult<>(call, observed);
    call.whenComplete(
        (value, thrown) -> {
          if (!result.outside) {
            result.follow(value, thrown);
          }
        });
    return result;
  }

  private void follow(@Nullable T value, @Nullable Throwable thrown) {
    observed.end(thrown);
    if (thrown != null) {
      super.completeExceptionally(thrown);
    } else {
      super.complete(value);
    }
  }

  @SuppressWarnings("FutureReturnValueIgnored") // the call is over by then
  private boolean fromOutside(Predicate<CompletableFuture<T>> completes) {
    outside = true;
    boolean first = completes.test(call);
    call.whenComplete(this::follow);
    return first;
  }

  @Override
  public boolean cancel(boolean interrupt) {
    return fromOutside(each -> each.cancel(interrupt)) || isCancelled();
  }

  @Override
  public boolean complete(T value) {
    return fromOutside(each -> each.complete(value));
  }

  @Override
  public boolean completeExceptionally(Throwable thrown) {
    requireNonNull(thrown, "thrown");
    return fromOutside(each -> each.completeExceptionally(thrown));
  }

  @Override
  public CompletableFuture<T> completeAsync(Supplier<? extends T> supplier, Executor executor) {
    requireNonNull(supplier, "supplier");
    executor.execute(
        () -> {
          try {
            complete(supplier.get());
          } catch (Throwable t) {
            completeExceptionally(t);
          }
        });
    return this;
  }
}
