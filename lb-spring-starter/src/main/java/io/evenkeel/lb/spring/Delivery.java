package io.evenkeel.lb.spring;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import org.springframework.web.reactive.function.client.ClientResponse;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Operators;

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
  private static final Object FAILED = new Object();
  private static final Object CANCELLED = new Object();

  private final Supplier<ReactiveCall> calls;
  private final CoreSubscriber<? super ClientResponse> subscriber;
  private final AtomicReference<Object> state = new AtomicReference<>(IDLE);
  private volatile @Nullable Sent sent;

  /**
   * @param calls begins the call
   */
  Delivery(Supplier<ReactiveCall> calls, CoreSubscriber<? super ClientResponse> subscriber) {
    this.calls = calls;
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
    if (response != null) {
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

  /** Also of those who have the response already, and may not have looked at its body. */
  @Override
  public void cancel() {
    Object was = state.getAndSet(CANCELLED);
    if (was instanceof BalancedExchange response) {
      response.abandon();
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
