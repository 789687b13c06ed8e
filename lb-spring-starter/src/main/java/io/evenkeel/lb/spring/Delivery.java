package io.evenkeel.lb.spring;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import org.springframework.web.reactive.function.client.ClientResponse;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;
import reactor.util.context.Context;

/**
 * Makes a call when its subscriber asks for it, and hands over the response. Thread-safe.
 *
 * <p>Memory: {@code state} is one of the constants, or the response that was handed over. Who
 * delivers changes it by compare-and-set, who cancels exchanges it, so one of the two lets go of
 * the response. What was sent is written before the state is read again.
 */
final class Delivery implements Subscription {
  private static final Object IDLE = new Object();
  private static final Object RUNNING = new Object();
  private static final Object FOLLOWING = new Object();
  private static final Object FAILED = new Object();
  private static final Object CANCELLED = new Object();

  private final Supplier<ReactiveCall> calls;
  private final Function<ReactiveOnward, Mono<ClientResponse>> elsewhere;
  private final CoreSubscriber<? super ClientResponse> subscriber;
  private final AtomicReference<Object> state = new AtomicReference<>(IDLE);
  private volatile @Nullable Sent sent;
  private volatile @Nullable Subscription followed;

  /**
   * @param calls begins the call
   * @param elsewhere sends what the call's response leads to, out of its service
   */
  Delivery(
      Supplier<ReactiveCall> calls,
      Function<ReactiveOnward, Mono<ClientResponse>> elsewhere,
      CoreSubscriber<? super ClientResponse> subscriber) {
    this.calls = calls;
    this.elsewhere = elsewhere;
    this.subscriber = subscriber;
  }

  @Override
  @SuppressWarnings("FutureReturnValueIgnored") // nothing depends on the dependent
  public void request(long n) {
    if (!Operators.validate(n) || !state.compareAndSet(IDLE, RUNNING)) {
      return;
    }
    ReactiveCall call = calls.get();
    CompletableFuture<BalancedExchange> answer = call.send();
    Sent begun = new Sent(call, answer);
    sent = begun;
    if (state.get() == CANCELLED) {
      begun.cancel();
    }
    answer.whenComplete((response, thrown) -> arrived(call, response, thrown));
  }

  private void arrived(
      ReactiveCall call, @Nullable BalancedExchange response, @Nullable Throwable thrown) {
    if (response != null && response.leads() != null) {
      follow(call, response, response.leads());
    } else if (response != null) {
      if (state.compareAndSet(RUNNING, response)) {
        call.ended(null);
        subscriber.onNext(response.delivered());
        subscriber.onComplete();
      } else {
        response.abandon();
      }
    } else if (thrown != null && state.compareAndSet(RUNNING, FAILED)) {
      call.ended(thrown);
      subscriber.onError(call.seen(thrown));
    }
  }

  private void follow(ReactiveCall call, BalancedExchange response, ReactiveOnward leads) {
    response.followed();
    if (state.compareAndSet(RUNNING, FOLLOWING)) {
      call.ended(null);
      elsewhere.apply(leads).subscribe(new Following());
    }
  }

  /** Hands over what comes of a redirect. */
  private final class Following extends BaseSubscriber<ClientResponse> {
    @Override
    public Context currentContext() {
      return subscriber.currentContext();
    }

    @Override
    protected void hookOnSubscribe(Subscription begun) {
      followed = begun;
      if (state.get() == CANCELLED) {
        begun.cancel();
      } else {
        begun.request(Long.MAX_VALUE);
      }
    }

    @Override
    protected void hookOnNext(ClientResponse response) {
      subscriber.onNext(response);
    }

    @Override
    protected void hookOnComplete() {
      subscriber.onComplete();
    }

    @Override
    protected void hookOnError(Throwable thrown) {
      subscriber.onError(thrown);
    }
  }

  /** Also of those who have the response already, and may not have looked at its body. */
  @Override
  public void cancel() {
    Object was = state.getAndSet(CANCELLED);
    if (was instanceof BalancedExchange response) {
      response.abandon();
      return;
    }
    Subscription further = followed;
    if (further != null) {
      further.cancel();
      return;
    }
    Sent begun = sent;
    if (begun != null) {
      begun.cancel();
    }
  }

  private record Sent(ReactiveCall call, CompletableFuture<BalancedExchange> answer) {
    void cancel() {
      call.cancel(answer);
    }
  }
}
