package io.evenkeel.lb.spring;

import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import org.springframework.web.reactive.function.client.ClientResponse;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;
import reactor.util.context.Context;

/**
 * An attempt until there is a response: the one to its request, or to the last one that others
 * before it have asked for. To cancel it cancels the exchange; a response that comes all the same
 * is left.
 *
 * <p>Memory: the subscription is written before it is looked whether this was cancelled, and read
 * after it was, so one of the two cancels it.
 */
final class Exchange extends CompletableFuture<BalancedExchange> {
  private final Context context;
  private volatile @Nullable Subscription exchange;

  /**
   * @param context of those that the request is made for
   */
  Exchange(Context context) {
    this.context = context;
  }

  /** What a response is to the call. */
  @FunctionalInterface
  interface Reader {
    /** Null if the response was left, and another request was sent in its place. */
    @Nullable BalancedExchange read(ClientResponse response);
  }

  /**
   * Makes a request.
   *
   * @param client that makes it
   */
  void send(Mono<ClientResponse> request, Unfollowed client, Reader reader) {
    request.subscribe(new Hop(client, reader));
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

  /** One request of it. */
  private final class Hop implements CoreSubscriber<ClientResponse> {
    private final Context known;
    private final Reader reader;
    private boolean over;

    Hop(Unfollowed client, Reader reader) {
      this.known = context.put(Unfollowed.class, client);
      this.reader = reader;
    }

    @Override
    public Context currentContext() {
      return known;
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
      over = true;
      if (isDone()) {
        BalancedExchange.leave(response);
        return;
      }
      BalancedExchange exchange = reader.read(response);
      if (exchange != null && !complete(exchange)) {
        exchange.close();
      }
    }

    @Override
    public void onError(Throwable thrown) {
      if (over || !completeExceptionally(thrown)) {
        Operators.onErrorDropped(thrown, context);
      }
    }

    @Override
    public void onComplete() {
      if (!over && !isDone()) {
        completeExceptionally(
            new IllegalStateException("the client has completed without a response"));
      }
    }
  }
}
