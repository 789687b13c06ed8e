package io.evenkeel.lb.testkit;

import io.evenkeel.lb.AddressPolicy;
import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.EndpointSet;
import io.evenkeel.lb.EndpointSource;
import java.util.concurrent.Flow;
import org.jspecify.annotations.Nullable;

/**
 * Passes on what a source signals, and counts, so that a contract sees also what a subscriber would
 * ignore. For one thread.
 */
final class TappedSource implements EndpointSource {
  private final EndpointSource source;
  private int signals;
  private int open;

  TappedSource(EndpointSource source) {
    this.source = source;
  }

  /** How many sets, errors and completions the source has signalled. */
  int signals() {
    return signals;
  }

  /** How many subscriptions have neither ended nor been cancelled. */
  int open() {
    return open;
  }

  @Override
  public AddressPolicy addresses(Endpoint endpoint) {
    return source.addresses(endpoint);
  }

  @Override
  public Flow.Publisher<EndpointSet> snapshots() {
    return subscriber -> source.snapshots().subscribe(new Tap(subscriber));
  }

  private final class Tap implements Flow.Subscriber<EndpointSet>, Flow.Subscription {
    private final Flow.Subscriber<? super EndpointSet> subscriber;
    private Flow.@Nullable Subscription subscription;
    private boolean over;

    Tap(Flow.Subscriber<? super EndpointSet> subscriber) {
      this.subscriber = subscriber;
    }

    @Override
    public void onSubscribe(Flow.Subscription subscription) {
      this.subscription = subscription;
      open++;
      subscriber.onSubscribe(this);
    }

    @Override
    public void onNext(EndpointSet set) {
      signals++;
      subscriber.onNext(set);
    }

    @Override
    public void onError(Throwable cause) {
      signals++;
      end();
      subscriber.onError(cause);
    }

    @Override
    public void onComplete() {
      signals++;
      end();
      subscriber.onComplete();
    }

    @Override
    public void request(long n) {
      subscription().request(n);
    }

    @Override
    public void cancel() {
      end();
      subscription().cancel();
    }

    private void end() {
      if (!over) {
        over = true;
        open--;
      }
    }

    private Flow.Subscription subscription() {
      Flow.Subscription held = subscription;
      if (held == null) {
        throw new AssertionError("a signal came before onSubscribe");
      }
      return held;
    }
  }
}
