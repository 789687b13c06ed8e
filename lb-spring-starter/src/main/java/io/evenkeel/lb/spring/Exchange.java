package io.evenkeel.lb.spring;

import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
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
final class Exchange extends CompletableFuture<BalancedExchange>
    implements CoreSubscriber<ClientResponse> {
  private final Context context;
  private final Function<ClientResponse, BalancedExchange> answered;
  private volatile @Nullable Subscription exchange;

  /**
   * @param context of those that the request is made for
   * @param answered what a response is to the call
   */
  Exchange(Context context, Function<ClientResponse, BalancedExchange> answered) {
    this.context = context;
    this.answered = answered;
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
    if (isDone()) {
      BalancedExchange.leave(response);
      return;
    }
    BalancedExchange exchange = answered.apply(response);
    if (!complete(exchange)) {
      exchange.close();
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
    if (!isDone()) {
      completeExceptionally(
          new IllegalStateException("the client has completed without a response"));
    }
  }
}
