package io.evenkeel.lb.testkit;

import io.evenkeel.lb.AddressPolicy;
import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.EndpointSet;
import io.evenkeel.lb.EndpointSource;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Flow;
import org.jspecify.annotations.Nullable;

/**
 * A source that publishes what a test tells it to, on the test's thread, and that remembers who is
 * subscribed. A new subscriber gets the latest set at once, if there is one. Thread-safe, as long
 * as one thread at a time publishes.
 */
public final class ManualSource implements EndpointSource {
  private final List<Link> links = new CopyOnWriteArrayList<>();
  private volatile @Nullable EndpointSet latest;

  /** A source that has not published anything. */
  public ManualSource() {}

  /** A source that has published a set of these endpoints. */
  public static ManualSource of(Endpoint... endpoints) {
    ManualSource source = new ManualSource();
    source.publish(endpoints);
    return source;
  }

  /** Publishes a set of these endpoints to all subscribers. */
  public void publish(Endpoint... endpoints) {
    publish(EndpointSet.of(endpoints));
  }

  /** Publishes a set to all subscribers. */
  public void publish(EndpointSet set) {
    latest = set;
    links.forEach(link -> link.subscriber.onNext(set));
  }

  /** Fails: ends every subscription with this error, and forgets the latest set. */
  public void fail(Throwable cause) {
    latest = null;
    List<Link> failed = List.copyOf(links);
    links.removeAll(failed);
    failed.forEach(link -> link.subscriber.onError(cause));
  }

  /** How many subscriptions there are. */
  public int subscribers() {
    return links.size();
  }

  /** All are permitted: a test has written them. */
  @Override
  public AddressPolicy addresses(Endpoint endpoint) {
    return AddressPolicy.ANY;
  }

  @Override
  public Flow.Publisher<EndpointSet> snapshots() {
    return subscriber -> {
      Link link = new Link(subscriber);
      links.add(link);
      subscriber.onSubscribe(link);
    };
  }

  private final class Link implements Flow.Subscription {
    final Flow.Subscriber<? super EndpointSet> subscriber;

    Link(Flow.Subscriber<? super EndpointSet> subscriber) {
      this.subscriber = subscriber;
    }

    @Override
    public void request(long n) {
      EndpointSet set = latest;
      if (set != null) {
        subscriber.onNext(set);
      }
    }

    @Override
    public void cancel() {
      links.remove(this);
    }
  }
}
