package io.evenkeel.lb.spring;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import org.springframework.web.reactive.function.client.ClientResponse;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Operators;
import reactor.util.context.Context;

/**
 * An attempt until there is a response. To cancel it cancels the exchange; a response that comes
 * all the same is left.
 *
 * <p>Memory: the subscription is written before it is looked whether this was cancelled, and read
 * after it was, so one of the two cancels it.
 */
final class Exchange extends CompletableFuture<ClientResponse>
    implements CoreSubscriber<ClientResponse> {
  private final Context context;
  private volatile @Nullable Subscription exchange;

  /**
   * @param context of those that the request is made for
   */
  Exchange(Context context) {
    this.context = context;
  }

  /**
   * Waits for the response, or throws why there is none. If the thread is interrupted the exchange
   * is cancelled.
   */
  ClientResponse await() throws Exception {
    try {
      return get();
    } catch (InterruptedException e) {
      if (!cancel(true) && !isCompletedExceptionally()) {
        // It was there just then.
        BalancedExchange.leave(join());
      }
      throw e;
    } catch (ExecutionException e) {
      if (e.getCause() instanceof Exception thrown) {
        throw thrown;
      }
      throw e;
    }
  }

  @Override
  public boolean cancel(boolean mayInterruptIfRunning) {
    boolean cancelled = super.cancel(mayInterruptIfRunning);
    Subscription begun = exchange;
    if (cancelled && begun != null) {
      begun.cancel();
    }
    return cancelled;
  }

  @Override
  public Context currentContext() {
    return context;
  }

  @Override
  public void onSubscribe(Subscription begun) {
    exchange = begun;
    if (isCancelled()) {
      begun.cancel();
    } else {
      begun.request(Long.MAX_VALUE);
    }
  }

  @Override
  public void onNext(ClientResponse response) {
    if (!complete(response)) {
      BalancedExchange.leave(response);
    }
  }

  @Override
  public void onError(Throwable thrown) {
    if (!completeExceptionally(thrown)) {
      Operators.onErrorDropped(thrown, context);
    }
  }

  @Override
  public void onComplete() {
    completeExceptionally(new IllegalStateException("the client has completed without a response"));
  }
}
