package io.evenkeel.lb.spring;

import java.util.concurrent.atomic.AtomicLongFieldUpdater;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import org.springframework.core.io.buffer.DataBuffer;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Operators;
import reactor.util.context.Context;

/**
 * The body of a response on its way to a subscriber. Its request ends before the subscriber learns
 * that the body is over. Who cancels with a piece in hand has read enough, who cancels while there
 * is none has given up.
 *
 * <p>Memory: pieces come one after the other; {@code delivering} is read by other threads only to
 * find that it is not theirs.
 */
final class BalancedBody implements CoreSubscriber<DataBuffer>, Subscription {
  private static final AtomicLongFieldUpdater<BalancedBody> ASKED =
      AtomicLongFieldUpdater.newUpdater(BalancedBody.class, "asked");

  private final BalancedExchange exchange;
  private final CoreSubscriber<? super DataBuffer> subscriber;
  private volatile @Nullable Subscription body;
  private volatile @Nullable Thread delivering;

  /** How many pieces are asked for and have not come. */
  private volatile long asked;

  BalancedBody(BalancedExchange exchange, CoreSubscriber<? super DataBuffer> subscriber) {
    this.exchange = exchange;
    this.subscriber = subscriber;
  }

  @Override
  public Context currentContext() {
    return subscriber.currentContext();
  }

  @Override
  public void onSubscribe(Subscription begun) {
    body = begun;
    subscriber.onSubscribe(this);
  }

  @Override
  public void onNext(DataBuffer piece) {
    delivering = Thread.currentThread();
    Operators.produced(ASKED, this, 1);
    try {
      subscriber.onNext(piece);
    } finally {
      delivering = null;
    }
  }

  @Override
  public void onError(Throwable thrown) {
    exchange.broke(thrown);
    subscriber.onError(thrown);
  }

  @Override
  public void onComplete() {
    exchange.read();
    subscriber.onComplete();
  }

  /** The deadline is over. If nobody waits for a piece, it is not the endpoint that was slow. */
  void late() {
    if (asked == 0 || delivering != null) {
      exchange.left();
    }
  }

  @Override
  public void request(long n) {
    if (n > 0) {
      Operators.addCap(ASKED, this, n);
    }
    Subscription begun = body;
    if (begun != null) {
      begun.request(n);
    }
  }

  @Override
  public void cancel() {
    if (delivering == Thread.currentThread()) {
      exchange.read();
    } else {
      exchange.left();
    }
    Subscription begun = body;
    if (begun != null) {
      begun.cancel();
    }
  }
}
