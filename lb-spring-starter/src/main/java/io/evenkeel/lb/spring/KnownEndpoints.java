package io.evenkeel.lb.spring;

import io.evenkeel.lb.AddressPolicy;
import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.EndpointSet;
import io.evenkeel.lb.EndpointSource;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * A source that begins with endpoints that are known already, once, so that a balancer which takes
 * the place of another one can choose before discovery has answered.
 */
final class KnownEndpoints implements EndpointSource {
  private final AtomicReference<@Nullable EndpointSet> known;
  private final EndpointSource source;

  KnownEndpoints(EndpointSet known, EndpointSource source) {
    this.known = new AtomicReference<>(known);
    this.source = source;
  }

  @Override
  public AddressPolicy addresses(Endpoint endpoint) {
    return source.addresses(endpoint);
  }

  @Override
  public Flow.Publisher<EndpointSet> snapshots() {
    return subscriber -> source.snapshots().subscribe(new Relay(subscriber));
  }

  private final class Relay implements Flow.Subscriber<EndpointSet> {
    private final Flow.Subscriber<? super EndpointSet> subscriber;

    Relay(Flow.Subscriber<? super EndpointSet> subscriber) {
      this.subscriber = subscriber;
    }

    @Override
    public void onSubscribe(Flow.Subscription subscription) {
      subscriber.onSubscribe(
          new Flow.Subscription() {
            @Override
            public void request(long n) {
              EndpointSet first = n > 0 ? known.getAndSet(null) : null;
              if (first != null) {
                // The source is not asked before this has returned, so signals stay apart.
                subscriber.onNext(first);
              }
              if (first == null || n > 1) {
                subscription.request(first == null || n == Long.MAX_VALUE ? n : n - 1);
              }
            }

            @Override
            public void cancel() {
              subscription.cancel();
            }
          });
    }

    @Override
    public void onNext(EndpointSet set) {
      subscriber.onNext(set);
    }

    @Override
    public void onError(Throwable cause) {
      subscriber.onError(cause);
    }

    @Override
    public void onComplete() {
      subscriber.onComplete();
    }
  }

  @Override
  public String toString() {
    return source.toString();
  }
}
