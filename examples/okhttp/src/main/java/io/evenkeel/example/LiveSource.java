package io.evenkeel.example;

import io.evenkeel.lb.AddressPolicy;
import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.EndpointSet;
import io.evenkeel.lb.EndpointSource;
import java.util.Collection;
import java.util.concurrent.Flow;
import java.util.concurrent.SubmissionPublisher;

/**
 * The smallest discovery that can change its mind: publishes each set that it is told to its one
 * subscriber, on the caller's thread. The first set must be there before somebody subscribes.
 */
final class LiveSource implements EndpointSource, AutoCloseable {
  private final SubmissionPublisher<EndpointSet> publisher =
      new SubmissionPublisher<>(Runnable::run, Flow.defaultBufferSize());
  private volatile EndpointSet latest;

  LiveSource(Collection<Endpoint> endpoints) {
    this.latest = EndpointSet.of(endpoints);
  }

  /** Replaces all endpoints. */
  void publish(Collection<Endpoint> endpoints) {
    latest = EndpointSet.of(endpoints);
    publisher.submit(latest);
  }

  /** Any: they are servers that the program itself has started, at loopback. */
  @Override
  public AddressPolicy addresses(Endpoint endpoint) {
    return AddressPolicy.ANY;
  }

  @Override
  public Flow.Publisher<EndpointSet> snapshots() {
    return subscriber -> {
      publisher.subscribe(subscriber);
      publisher.submit(latest);
    };
  }

  @Override
  public void close() {
    publisher.close();
  }
}
