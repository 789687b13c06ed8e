package io.evenkeel.lb;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Whether a balancer has taken a set, or why there will be none, and those who wait for one. They
 * get the latest; the first is not kept.
 *
 * <p>Those who wait are not dependents of one future, since that would hold them until it is
 * complete, however long ago they gave up.
 */
final class FirstSet {
  private final Supplier<EndpointSet> latest;
  private final CompletableFuture<@Nullable Void> result = new CompletableFuture<>();
  private final Set<Runnable> waiting = ConcurrentHashMap.newKeySet();

  FirstSet(Supplier<EndpointSet> latest) {
    this.latest = latest;
  }

  boolean isKnown() {
    return result.isDone();
  }

  void isThere() {
    if (result.complete(null)) {
      waiting.forEach(Runnable::run);
    }
  }

  void willNotCome(Throwable why) {
    if (result.completeExceptionally(why)) {
      waiting.forEach(Runnable::run);
    }
  }

  /** A future of the set, which fails as {@code late} says once the limit is over. */
  @SuppressWarnings("FutureReturnValueIgnored") // whatever happens reaches the one that is returned
  CompletableFuture<EndpointSet> await(
      Duration limit, Scheduler scheduler, Supplier<? extends Throwable> late) {
    CompletableFuture<EndpointSet> ready = new CompletableFuture<>();
    Runnable tell = () -> tell(ready);
    if (!isKnown()) {
      Scheduler.Scheduled timeout =
          scheduler.schedule(
              () -> ready.completeExceptionally(late.get()), TimeUnit.NANOSECONDS.convert(limit));
      waiting.add(tell);
      ready.whenComplete(
          (set, failure) -> {
            timeout.cancel();
            waiting.remove(tell);
          });
    }
    // First to be found by those who tell, then the look at whether they have been here.
    if (isKnown()) {
      tell.run();
    }
    return ready;
  }

  @SuppressWarnings("FutureReturnValueIgnored") // it is complete, and this only copies it
  private void tell(CompletableFuture<EndpointSet> ready) {
    result.whenComplete(
        (nothing, failure) -> {
          if (failure == null) {
            ready.complete(latest.get());
          } else {
            ready.completeExceptionally(failure);
          }
        });
  }
}
