package io.evenkeel.lb;

import static java.util.Objects.requireNonNull;

import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicBoolean;

/** A source of one set that never changes. */
record FixedSource(EndpointSet set) implements EndpointSource {
  FixedSource {
    requireNonNull(set, "set");
  }

  /** The program itself has written them. */
  @Override
  public AddressPolicy addresses(Endpoint endpoint) {
    return AddressPolicy.ANY;
  }

  @Override
  public Flow.Publisher<EndpointSet> snapshots() {
    return subscriber -> subscriber.onSubscribe(new Delivery(set, subscriber));
  }

  private static final class Delivery extends AtomicBoolean implements Flow.Subscription {
    private static final long serialVersionUID = 1L;

    private final transient EndpointSet set;
    private final transient Flow.Subscriber<? super EndpointSet> subscriber;
    private volatile boolean cancelled;

    Delivery(EndpointSet set, Flow.Subscriber<? super EndpointSet> subscriber) {
      this.set = set;
      this.subscriber = subscriber;
    }

    @Override
    public void request(long n) {
      if (!compareAndSet(false, true)) {
        return;
      }
      if (n <= 0) {
        subscriber.onError(new IllegalArgumentException("request: " + n + " (expected: > 0)"));
        return;
      }
      subscriber.onNext(set);
      if (!cancelled) {
        subscriber.onComplete();
      }
    }

    @Override
    public void cancel() {
      cancelled = true;
      set(true);
    }
  }
}
